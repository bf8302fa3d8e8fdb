#!/usr/bin/env bash
# Installs what tools/packages.txt names and this machine lacks, or what other files name that are
# given as arguments. Says nothing if there is nothing to do. Needs Debian or Ubuntu, and root or sudo.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log=${COMPTOIR_PACKAGES_LOG:-$root/build/logs/packages.log}

(($# > 0)) || set -- "$root/tools/packages.txt"
mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@")

# A package of another origin may bring what is several at Debian's: its nodejs often brings npm.
provided=$(dpkg-query --show --showformat='${db:Status-Status}, ${Provides}\n' 2>/dev/null |
  sed -n 's/^installed, //p' | tr ',' '\n' | sed -e 's/^ *//' -e 's/ .*//')

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]] ||
    grep --quiet --line-regexp --fixed-strings "$1" <<<"$provided"
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "This machine has no apt-get: please install the equivalents of $*." >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
((${#missing[@]} == 0)) && exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "Please run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

mkdir -p "$(dirname "$log")"
echo "Installing ${#missing[@]} packages: ${missing[*]}"
# A stale or partly unreachable package list may do, so only the installation decides.
"${as_root[@]}" apt-get update >"$log" 2>&1 || true
if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  echo "The packages could not be installed; see $log" >&2
  exit 1
fi
