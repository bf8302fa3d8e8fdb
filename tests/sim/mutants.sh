#!/usr/bin/env bash
# Proves that the simulation is worth running: plants each bug of mutants/*.patch in a copy of the tree, builds only `sim` there and runs
# seeds until one fails. Fails if a bug survives. The tree itself isn't touched.
#
#   tests/sim/mutants.sh [patch...]      SEEDS=1000: how many seeds a bug may survive
#
# A patch may begin with the line "# sim FLAGS": what `sim` needs to meet its bug.

set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
seeds=${SEEDS:-1000}
tree=$root/build/mutants
patches=("$@")
if [ ${#patches[@]} -eq 0 ]; then patches=(tests/sim/mutants/*.patch); fi

rm -rf "$tree/source"
mkdir -p "$tree/source"
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do if [ -f "$file" ]; then printf '%s\0' "$file"; fi; done |
  xargs -0 cp --parents --preserve=timestamps -t "$tree/source"

# Objects that don't differ come from the compiler cache of the usual builds.
export CCACHE_BASEDIR=$tree/source CCACHE_NOHASHDIR=1
build=$tree/source/build/sim
(cd "$tree/source" && cmake --preset dev -B "$build" >"$tree/configure.log")

run() { # run <seeds> [flag...]: prints how many seeds ran until one failed; nothing if none did
  "$build/tests/sim/sim" --seeds="$1" --failures=1 "${@:2}" >"$tree/run.log" 2>&1 || true
  sed -n -E 's/^seed ([0-9]+) (failed|died).*/\1/p' "$tree/run.log" | head -1
}

ninja -C "$build" sim >"$tree/build.log" || { tail -30 "$tree/build.log"; exit 1; }
if [ -n "$(run 50)" ]; then
  echo "the tree itself fails:"
  cat "$tree/run.log"
  exit 1
fi

survived=0
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  if ! patch --quiet --fuzz=0 --dry-run -p1 -d "$tree/source" <"$patch" >"$tree/patch.log"; then
    printf '%-28s DOES NOT APPLY: %s\n' "$name" "$(head -1 "$tree/patch.log")"
    survived=1
    continue
  fi
  patch --quiet -p1 -d "$tree/source" <"$patch"
  if ! ninja -C "$build" sim >"$tree/build.log"; then
    printf '%-28s DOES NOT COMPILE: %s\n' "$name" "$(grep -m1 'error:' "$tree/build.log")"
    survived=1
    patch --quiet -R -p1 -d "$tree/source" <"$patch"
    continue
  fi
  read -ra flags < <(sed -n 's/^# sim //p' "$patch"; echo)
  caught=$(run "$seeds" "${flags[@]}")
  if [ -n "$caught" ]; then
    printf '%-28s caught by seed %s: %s\n' "$name" "$caught" \
      "$(sed -n -E 's/^seed [0-9]+ (failed|died)[:;] //p' "$tree/run.log" | head -1)"
  else
    printf '%-28s SURVIVED %s seeds\n' "$name" "$seeds"
    survived=1
  fi
  patch --quiet -R -p1 -d "$tree/source" <"$patch"
done
exit $survived
