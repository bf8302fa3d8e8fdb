#!/usr/bin/env bash
# Builds Comptoir as it is deployed and measures it against its floors and peers. See usage() below.
set -uo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
logs=$root/build/logs

usage() {
  cat <<TEXT
Usage: ./bench.sh [--quick] [--only NAME]... [--peers] [--json] [--flame NAME]... [--list] [--help]

Installs what is missing, builds release, and measures every path in interleaved rounds: ours, a
yardstick, ours, the next. Floors are servers that do the least that must happen; PostgreSQL 15 is
what a team would use instead. All of them run on this machine, on the disk of \${TMPDIR:-/tmp}, with
data in temporary folders. What counts are ratios of the same round.

Prints the table, and brings docs/benchmarks.md and its charts up to date if all of it was measured.

  --quick      at most five minutes: fewer and shorter rounds, nothing that takes long
  --only NAME  this path; may be repeated
  --list       the names of all paths
  --peers      also etcd, Redis and express-pouchdb
  --flame NAME instead of measuring, draw where this path's services spend their time:
               docs/benchmarks/flame-NAME.svg; may be repeated
  --json       on stdout one JSON object a figure, path by yardstick, and no table

bench/README.md says how it works. Logs of the build are in build/logs.
TEXT
}

fail() {
  printf 'bench: FAILED: %s\n' "$*" >&2
  exit 1
}

# logged NAME COMMAND...: with its output in a log.
logged() {
  local log=$logs/$1.log
  shift
  "$@" >"$log" 2>&1 || fail "$* (see $log)"
}

install() {
  local packages=("$root/tools/packages.txt" "$root/tools/bench-packages.txt")
  if ((with_peers)); then packages+=("$root/tools/bench-peers-packages.txt"); fi
  if ((with_flames)); then packages+=("$root/tools/bench-flame-packages.txt"); fi
  "$root/tools/install-packages.sh" "${packages[@]}" >&2 || fail "packages are missing"
  if ((with_peers)); then
    "$root/tools/install-npm.sh" tools/pouchdb >&2 || fail "npm packages are missing"
  fi
}

build() {
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
  local begin=$SECONDS
  logged bench-configure cmake --preset release
  logged bench-build cmake --build --preset release --parallel "${COMPTOIR_JOBS:-2}" \
    --target benchmarks
  echo "built in $((SECONDS - begin)) s" >&2
}

with_peers=0
with_flames=0

main() {
  local argument
  for argument in "$@"; do
    case $argument in
      --help | -h)
        usage
        return 0
        ;;
      --peers) with_peers=1 ;;
      --flame | --flame=*) with_flames=1 ;;
    esac
  done
  cd "$root" || return 1
  mkdir -p "$logs"
  install
  # Debian's, which has Debian's packages.
  local harness=(/usr/bin/python3 -B "$root/bench/harness" "$@")
  # What is wrong with the options is said before minutes of building.
  "${harness[@]}" --list >"$logs/bench-paths.log" || return 2
  if [[ " $* " != *" --list "* ]]; then build; fi
  exec "${harness[@]}"
}

main "$@"
