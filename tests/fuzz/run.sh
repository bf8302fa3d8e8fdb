#!/usr/bin/env bash
# Runs all fuzzers of a build folder, as many at once as COMPTOIR_JOBS says (2), and fails if one
# finds something: the input is kept and named, and the fuzzer run with it alone repeats it. Inputs
# that reached new code are kept in the build folder for the next run.
#
# Usage: run.sh BUILD-FOLDER [SECONDS-EACH]
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:?Usage: run.sh BUILD-FOLDER [SECONDS-EACH]}" && pwd) || exit 2
seconds=${2:-60}

run_fuzzer() {
  local name=$1 found=$build/fuzz/corpus/$1 crashes=$build/fuzz/crashes
  mkdir -p "$found" "$crashes"
  echo "$name: $seconds s"
  if ! "$build/fuzz/${name}_fuzz" -max_total_time="$seconds" -max_len=65536 -timeout=20 \
      -rss_limit_mb=3000 -artifact_prefix="$crashes/$name-" "$found" "$here/corpus/$name" \
      >"$build/fuzz/$name.log" 2>&1; then
    echo "ERROR: $name failed; the log: $build/fuzz/$name.log"
    grep -E 'ERROR|Check failed|Failure|SUMMARY|Test unit written' "$build/fuzz/$name.log"
    return 1
  fi
  echo "$name: $(grep -E '^Done' "$build/fuzz/$name.log")"
}

names=()
for folder in "$here"/corpus/*/; do names+=("$(basename "$folder")"); done

export -f run_fuzzer
export here build seconds
printf '%s\n' "${names[@]}" | xargs -P "${COMPTOIR_JOBS:-2}" -I{} bash -c 'run_fuzzer {}'
