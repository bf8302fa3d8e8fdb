#!/usr/bin/env bash
# Comptoir on one machine: HQ, a synchronous and an asynchronous store, 18,148 customers of a real file,
# and kill -9 where it hurts. See usage() below.
set -euo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
preset=dev
bin=$root/build/$preset/bin
customers=$root/data/adventureworks_customers.csv
chain=$root/examples/chain.textproto
logs=$root/build/logs

# Rows of each store, and where its parts two and three begin.
declare -A first=([001]=1 [002]=9075)
declare -A last=([001]=9074 [002]=18148)
part_rows=(3000 3050)

# Every way of creating a customer must have been taken this often.
ways_min=2000

# No step may take longer.
step_seconds_max=300

# How long to wait before looking again.
poll_seconds=0.1

usage() {
  cat <<TEXT
Usage: ./demo.sh [--keep] [--help]

Installs what is missing, builds, and starts HQ and two channel services of the chain in
examples/chain.textproto on loopback, with data in temporary folders. Store 001 creates rows 1 to 9,074 of data/adventureworks_customers.csv
synchronously, store 002 the others asynchronously, both at the same time, in three parts.

In part two HQ is killed with -9 while requests are under way: store 001 falls back. Then store 002
and its import are killed too, and resumed. HQ returns, part three runs, and what is pending gets its
account numbers. Last, everything is read back from all three services and compared with the file,
field by field. Ends with "demo: OK", or says what is wrong and exits with 1.

  --keep   leave the services running and print commands to try
TEXT
}

# -- Telling -------------------------------------------------------------------------------------------

step() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }

fail() {
  printf '\ndemo: FAILED: %s\n' "$*" >&2
  failed=1
  exit 1
}

thousands() { sed -e ':a' -e 's/\B[0-9]\{3\}\>/,&/' -e 'ta' <<<"$1"; }

# Milliseconds of the clock, and the seconds between two of them.
now() { date +%s%3N; }
seconds() { printf '%d.%d s' $((($2 - $1) / 1000)) $((($2 - $1) % 1000 / 100)); }

# -- Services ------------------------------------------------------------------------------------------

declare -A pid=() port=()

# Processes of imports.
declare -A import=()

# launch NAME COMMAND...: starts a service and waits until it answers. After a restart it has the same
# address.
launch() {
  local name=$1
  shift
  rm -f "$work/$name.port"
  "$@" --listen="127.0.0.1:${port[$name]:-0}" --data="$work/$name" --port_file="$work/$name.port" \
    >>"$work/$name.log" 2>&1 &
  pid[$name]=$!
  wait_until "$name answers" test -s "$work/$name.port"
  port[$name]=$(head -n 1 "$work/$name.port")
}

launch_hq() { launch hq "$bin/hq-service"; }

# Two seconds for HQ's answer instead of 0.3: this machine runs the whole chain.
launch_store() {
  launch "$1" "$bin/channel-service" --hq="$(address hq)" --id="store-$1" --channels="$1" \
    --hq_answer_timeout=2s
}

# kill_hard PROCESS...: and waits until they are gone.
kill_hard() {
  kill -9 "$@"
  wait "$@" 2>/dev/null || true
}

address() { printf '127.0.0.1:%s' "${port[$1]}"; }

# wait_until WHAT COMMAND...: until the command succeeds.
wait_until() {
  local what=$1 end=$((SECONDS + step_seconds_max)) name
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "$what: not within $step_seconds_max seconds"
    for name in "${!pid[@]}"; do
      kill -0 "${pid[$name]}" 2>/dev/null || fail "$name ended by itself: see $work/$name.log"
    done
    sleep "$poll_seconds"
  done
}

cleanup() {
  if ((keep && !failed)); then return; fi
  kill_hard "${pid[@]}" "${import[@]}" 2>/dev/null || true
  if ((failed)); then
    printf 'Logs and data are left in %s\n' "$work" >&2
  elif [[ -n $work ]]; then
    rm -rf "$work"
  fi
}

# -- comptoir ------------------------------------------------------------------------------------------

hq() { "$bin/comptoir" --hq "$(address hq)" "$@"; }
store() { "$bin/comptoir" --service "$(address "$1")" "${@:2}"; }

# value NAME: the first field of this name in the JSON on stdin.
value() { sed -n -e "s/^ *\"$1\": \"\\{0,1\\}\\([^\",]*\\)\"\\{0,1\\},\\{0,1\\}\$/\\1/p" | head -n 1; }

status_of() { store "$1" --json status | value "$2"; }

is_online() { [[ $(status_of "$1" link) == LINK_STATE_ONLINE ]]; }
is_configured() { [[ $(status_of "$1" configured) == true ]]; }
has_settled() { [[ $(status_of "$1" outbox_depth) == 0 ]]; }
follows_hq() { [[ $(status_of "$1" lag_changes) == 0 ]]; }

# -- The chain -----------------------------------------------------------------------------------------

start_chain() {
  local store
  step "HQ and two stores"
  launch_hq
  hq apply -f "$chain" >"$work/configuration.log" 2>&1 ||
    fail "configuration: see $work/configuration.log"
  say "the chain of examples/chain.textproto: 001 asks HQ, 002 doesn't, three others are closed today"
  for store in 001 002; do
    launch_store "$store"
    wait_until "store $store is configured" is_configured "$store"
  done
  for store in 001 002; do wait_until "store $store is online" is_online "$store"; done
  hq channel list | sed 's/^/   /'
}

# -- Imports -------------------------------------------------------------------------------------------

# rows_of STORE PART: "FROM-TO".
rows_of() {
  local from=${first[$1]} to part
  for part in 1 2; do
    to=$((from + part_rows[part - 1] - 1))
    if ((part == $2)); then
      printf '%d-%d' "$from" "$to"
      return
    fi
    from=$((to + 1))
  done
  printf '%d-%d' "$from" "${last[$1]}"
}

# begin_import STORE PART: in the background. What is acknowledged is in acknowledged.STORE.
begin_import() {
  XDG_STATE_HOME=$work store "$1" --json import "$customers" --channel "$1" \
    --rows "$(rows_of "$1" "$2")" --acknowledged "$work/acknowledged.$1" \
    >"$work/import.$1.json" 2>"$work/import.$1.log" &
  import[$1]=$!
}

end_import() {
  local status=0
  wait "${import[$1]}" || status=$?
  unset "import[$1]"
  if ((status != 0)); then
    cat "$work/import.$1.log" >&2
    fail "the import of store $1 ended with $status"
  fi
  local json=$work/import.$1.json
  say "store $1: $(thousands "$(value rows <"$json")") rows in $(printf '%.1f' "$(value seconds <"$json")") s," \
    "answered SYNCED $(thousands "$(value synced <"$json")")," \
    "PENDING $(thousands "$(value pending <"$json")")"
}

acknowledged() { wc -l 2>/dev/null <"$work/acknowledged.$1" || echo 0; }
has_acknowledged() { (($(acknowledged "$1") >= $2)); }

part_one() {
  local store
  step "Part one: both stores, HQ there"
  for store in 001 002; do begin_import "$store" 1; done
  for store in 001 002; do end_import "$store"; done
}

part_two() {
  step "Part two: HQ dies, then store 002"
  local store before_001 before_002
  before_001=$(acknowledged 001)
  before_002=$(acknowledged 002)
  for store in 001 002; do begin_import "$store" 2; done
  wait_until "100 rows at store 001" has_acknowledged 001 $((before_001 + 100))
  kill_hard "${pid[hq]}"
  unset "pid[hq]"
  say "HQ killed with -9 after $(($(acknowledged 001) - before_001)) rows of store 001, the next under way"
  wait_until "1,500 rows at store 002" has_acknowledged 002 $((before_002 + 1500))
  kill_hard "${import[002]}" "${pid[002]}"
  say "store 002 and its import killed with -9 after $(thousands $(($(acknowledged 002) - before_002))) rows"
  launch_store 002
  begin_import 002 2
  say "store 002 started again, without HQ; the same import once more"
  for store in 001 002; do end_import "$store"; done
  say "waiting for HQ: store 001 $(thousands "$(status_of 001 outbox_depth)") operations," \
    "store 002 $(thousands "$(status_of 002 outbox_depth)")"
}

part_three() {
  local store returned
  step "Part three: HQ returns"
  returned=$(now)
  launch_hq
  wait_until "store 001 is online" is_online 001
  say "store 001 online $(seconds "$returned" "$(now)") after HQ's start"
  for store in 001 002; do begin_import "$store" 3; done
  for store in 001 002; do end_import "$store"; done
  for store in 001 002; do wait_until "store $store has settled" has_settled "$store"; done
  say "the last account number came $(seconds "$returned" "$(now)") after HQ's start"
  for store in 001 002; do
    wait_until "store $store follows HQ" follows_hq "$store"
    say "store $store holds $(thousands "$(status_of "$store" customers)") customers, none pending"
  done
}

# -- What came of it -----------------------------------------------------------------------------------

# finds STORE WHAT FIELD PATTERN QUERY [OPTION]: the first customer that the store finds is as expected.
finds() {
  local found value
  found=$(store "$1" --json customer search "${@:6}" "$5")
  value=$(value "$3" <<<"$found")
  say "store $1, $2: \"$5\" finds $(value display_name <<<"$found"), of store $(value channel <<<"$found")"
  # shellcheck disable=SC2053 # it is a pattern
  [[ $value == $4 ]] || fail "store $1 finds '$value' for '$5', not '$4'"
}

find_people() {
  step "Stores look for customers, as people do, whoever created them"
  finds 001 "without the accent" display_name "Renée Alvarez" "renee alvarez"
  finds 002 "one letter wrong" display_name "José Hernandez" "jose hernandes"
  finds 002 "the end of a phone" number "*555-0130" 550130
  finds 001 "part of a street" display_name "Lawrence Alvarez" "karlshof 246"
  finds 001 "an e-mail with an accent" display_name "Renée Alvarez" "renée4@adventure-works.com"
  finds 001 "all stores, through HQ" display_name "José Hernandez" "hernandez jose" --all-stores
}

# how_created STORE STATE: rows of the store whose first answer was in this state.
how_created() { sort -s -t , -k 1,1 -u "$work/acknowledged.$1" | grep -c ",$2\$" || true; }

show() { printf '   %-16s %8s%s\n' "$1" "$(thousands "$2")" "${3:+  $3}"; }

at_least() { (($2 >= ways_min)) || fail "only $2 customers were created $1, fewer than $ways_min"; }

compare() {
  step "Everything is read back from HQ and both stores and compared with the file"
  local json=$work/verify.json verified=0
  hq --json verify --service "$(address 001)" --service "$(address 002)" --against "$customers" \
    >"$json" || verified=$?
  local created numbers duplicates lost changed digests synchronous fallback asynchronous
  created=$(value created <"$json")
  numbers=$(value account_numbers <"$json")
  duplicates=$(value duplicates <"$json")
  lost=$(value lost <"$json")
  changed=$(value changed <"$json")
  digests=$([[ $(value digests_equal <"$json") == true ]] && echo equal || echo DIFFERENT)
  synchronous=$(how_created 001 SYNCED)
  fallback=$(how_created 001 PENDING)
  asynchronous=$(cut -d , -f 1 "$work/acknowledged.002" | sort -u | wc -l)

  show created "$created" "customers for $(thousands "$(value rows <"$json")") rows, each as in the file: $changed cells changed"
  show synchronous "$synchronous" "by store 001, numbered by HQ in the same call"
  show fallback "$fallback" "by store 001, when HQ didn't answer"
  show asynchronous "$asynchronous" "by store 002, without asking HQ"
  show "account numbers" "$numbers" "all different"
  show duplicates "$duplicates" ""
  show lost "$lost" ""
  show digests "$digests" "of HQ, store 001 and store 002: $(value digest <"$json" | cut -c 1-16)…"
  echo

  if ((verified != 0)); then
    hq verify --service "$(address 001)" --service "$(address 002)" --against "$customers" >&2 || true
    fail "what the services hold differs from each other or from the file"
  fi
  ((created == last[002] && numbers == created)) || fail "customers are missing or have no number"
  ((synchronous + fallback == last[001])) || fail "rows of store 001 were not all acknowledged"
  ((asynchronous == last[002] - last[001])) || fail "rows of store 002 were not all acknowledged"
  at_least synchronously "$synchronous"
  at_least "by fallback" "$fallback"
  at_least asynchronously "$asynchronous"
}

show_commands() {
  cat <<TEXT

It is all still running. To try:

  export COMPTOIR_HQ=$(address hq) COMPTOIR_ADDRESS=$(address 001) PATH=$bin:\$PATH
  comptoir status $(address hq) $(address 001) $(address 002)
  comptoir customer create --given-name Ada --family-name Lovelace --email ada@example.com
  comptoir --service $(address 002) customer search lovelace
  comptoir offline && comptoir customer create --given-name Grace --family-name Hopper
  comptoir operation list --store && comptoir online
  kill -9 ${pid[hq]}    # HQ
  comptoir --help

To end it: kill ${pid[*]} && rm -r $work
TEXT
}

build() {
  step "Building"
  mkdir -p "$logs"
  "$root/tools/install-packages.sh"
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
  local begin=$SECONDS
  (cd "$root" && cmake --preset "$preset") >"$logs/demo-configure.log" 2>&1 ||
    fail "cmake: see $logs/demo-configure.log"
  cmake --build "$root/build/$preset" --parallel "${COMPTOIR_JOBS:-2}" \
    --target hq-service channel-service comptoir 2>&1 | tee "$logs/demo-build.log" | build_progress ||
    fail "the build: see $logs/demo-build.log"
  say "built in $((SECONDS - begin)) s"
}

# Turns ninja's counter ("[3/40]") into a line per ten percent.
build_progress() {
  local line shown=0 tenth
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
    if ((tenth > shown && BASH_REMATCH[2] > 5)); then say "$((10 * tenth))%"; fi
    shown=$tenth
  done
}

keep=0
failed=0
work=

main() {
  while (($# > 0)); do
    case $1 in
      --keep) keep=1 ;;
      --help | -h)
        usage
        return 0
        ;;
      *)
        usage >&2
        return 2
        ;;
    esac
    shift
  done
  build
  work=$(mktemp -d "${TMPDIR:-/tmp}/comptoir-demo.XXXXXX")
  trap cleanup EXIT
  trap 'failed=1; exit 1' INT TERM
  trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
  local began=$SECONDS
  start_chain
  part_one
  part_two
  part_three
  find_people
  compare
  say "all of it took $((SECONDS - began)) s"
  if ((keep)); then show_commands; fi
  printf '\ndemo: OK\n'
}

main "$@"
