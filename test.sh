#!/usr/bin/env bash
# Builds Comptoir and runs its tests: everything that must be green before a change goes in.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
logs=$root/build/logs
jobs=${COMPTOIR_JOBS:-2}

# In this order. A stage is the function stage_<name>; its first comment line is its help.
stages=(packages format build tsan asan fuzz test)

usage() {
  cat <<TEXT
Usage: ./test.sh [--only STAGE]... [--help]

Runs all stages, or only those named, in this order:
TEXT
  local stage
  for stage in "${stages[@]}"; do
    printf '  %-9s %s\n' "$stage" "$(sed -n "/^stage_$stage()/{n;s/^ *# //p}" "${BASH_SOURCE[0]}")"
  done
  cat <<TEXT

Logs are in build/logs. COMPTOIR_JOBS sets how many compilers and tests run at once (2),
COMPTOIR_FUZZ_SECONDS how long each fuzzer runs (60).
TEXT
}

stage_packages() {
  # installs the missing ones of tools/packages.txt, and what the package-lock.json files name
  COMPTOIR_PACKAGES_LOG=$logs/packages.log "$root/tools/install-packages.sh" &&
    "$root/tools/install-npm.sh"
}

stage_format() {
  # checks that clang-format would change nothing and that buf accepts the protos
  local folders=(common hq-service channel-service cli bench examples tests)
  logged format find "${folders[@]}" \( -name '*.cc' -o -name '*.h' \) \
    -exec clang-format --dry-run --Werror {} + &&
    logged buf "$root"/tools/node_modules/@bufbuild/buf-linux-*/bin/buf lint "$root/proto"
}

stage_build() {
  # builds everything with the preset dev
  build dev all
}

stage_test() {
  # runs all tests of the preset dev; those that pass must prove what docs/features.md says
  rm -rf "$root/build/dev/test-reports"
  # New seeds of the simulation: others for each commit, the same for whoever runs that commit.
  local commit
  if commit=$(git rev-parse --short=12 HEAD 2>/dev/null); then
    export COMPTOIR_NEW_SEEDS_FROM=$((16#$commit))
  fi
  run_tests dev '.*' && logged rules "$root/tools/check-rules.sh" "$root/build/dev/test-reports"
}

stage_asan() {
  # unit, conformance and simulation tests under AddressSanitizer and UBSan, and the stories in one process
  # Of those that break at each operation in turn, a sixteenth: they are long.
  build asan tests_unit tests_conformance tests_sim tests_scenario &&
    GTEST_FILTER=-*/Processes:*PowerMayBeLostAtAnyOperation/Rocks*$(printf ':*EveryOperationTest*/Rocks%s' {2..8}) \
      run_tests asan '^(unit|conformance|sim|scenario)$'
}

stage_tsan() {
  # tests of what is free of gRPC (common/base, common/storage) under ThreadSanitizer
  # Not with those that break at each operation in turn: long, and one thread's work.
  build tsan tests_unit tests_conformance &&
    GTEST_FILTER='-*EveryOperationTest*:*SurvivesALossOfPowerAnywhere*:*PowerMayBeLostWhileRecovering*' \
      run_tests tsan '^(unit|conformance)$'
}

stage_fuzz() {
  # gives broken files, keys and stream messages to what reads them, a minute each
  build asan fuzzers && logged fuzz env COMPTOIR_JOBS="$jobs" "$root/tests/fuzz/run.sh" \
    "$root/build/asan" "${COMPTOIR_FUZZ_SECONDS:-60}"
}

# build PRESET TARGET...
build() {
  local preset=$1
  shift
  logged "configure-$preset" cmake --preset "$preset" &&
    logged "build-$preset" cmake --build --preset "$preset" --parallel "$jobs" --target "$@"
}

# run_tests PRESET LABELS
run_tests() {
  local preset=$1 labels=$2 status=0
  logged "test-$preset" ctest --preset "$preset" --parallel "$jobs" --label-regex "$labels" ||
    status=$?
  summaries+=("Preset $preset:"$'\n'"$(sed -n '/tests passed/,$p' "$logs/test-$preset.log")")
  return $status
}

# logged NAME COMMAND...: keeps the output in a log and shows only the progress. If the command
# fails, says where to look.
logged() {
  local log=$logs/$1.log status
  shift
  "$@" 2>&1 | tee "$log" | progress
  status=${PIPESTATUS[0]}
  if ((status != 0)); then
    echo "  FAILED: $*"
    # Of what a test expected, the lines that follow, too.
    awk '/: Failure$/ { follow = 5 }
         /(error|Error|ERROR):|^FAILED: |Check failed|^SUMMARY: |Test unit written|\*\*\*(Failed|Timeout|Exception)/ || follow-- > 0 {
           print "    " $0
           if (++lines == 30) exit
         }' "$log"
    echo "  The whole log: $log"
  fi
  return "$status"
}

# Turns the counters of ninja ("[3/40]") and ctest (" 3/40 Test") into a line per ten percent.
progress() {
  local line shown=-1 tenth
  local counter='^\[([0-9]+)/([0-9]+)\]|^ *([0-9]+)/([0-9]+) Test'
  while IFS= read -r line; do
    [[ $line =~ $counter ]] || continue
    local done=${BASH_REMATCH[1]:-${BASH_REMATCH[3]}} all=${BASH_REMATCH[2]:-${BASH_REMATCH[4]}}
    ((all > 0)) || continue
    tenth=$((10 * done / all))
    if ((tenth > shown && done > 1)); then
      echo "  $((10 * tenth))% ($done of $all)"
    fi
    ((tenth > shown)) && shown=$tenth
  done
}

main() {
  local only=() stage name
  while (($# > 0)); do
    case $1 in
      --only)
        [[ " ${stages[*]} " == *" ${2-} "* && -n ${2-} ]] || {
          echo "No stage is called '${2-}'; there are: ${stages[*]}" >&2
          return 2
        }
        only+=("$2")
        shift 2
        ;;
      --help | -h)
        usage
        return 0
        ;;
      *)
        usage >&2
        return 2
        ;;
    esac
  done

  cd "$root" || return 1
  mkdir -p "$logs"
  # Compilations are shared between build folders and checkouts.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
  export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-10G}
  # What a file depends on is known from its last compilation: nothing is preprocessed for ccache.
  export CCACHE_DEPEND=${CCACHE_DEPEND:-1}

  local failed=() start
  summaries=()
  for stage in "${stages[@]}"; do
    if ((${#only[@]} > 0)) && [[ " ${only[*]} " != *" $stage "* ]]; then continue; fi
    echo "== $stage"
    start=$SECONDS
    if "stage_$stage"; then
      echo "== $stage: ok in $((SECONDS - start)) s"
    else
      failed+=("$stage")
      echo "== $stage: FAILED after $((SECONDS - start)) s"
      # Without packages or a build the rest can only fail.
      if [[ $stage == packages || $stage == build ]]; then break; fi
    fi
  done

  echo
  ((${#failed[@]} > 0)) && echo "FAILED: ${failed[*]} (logs in $logs)"
  # Last, ctest's own summaries; that of the preset dev, the whole suite, at the very end.
  for name in "${summaries[@]}"; do echo "$name"; done
  ((${#failed[@]} == 0))
}

main "$@"; exit  # Bash reads a script as it goes: one that is edited meanwhile still ends here.
