#!/usr/bin/env bash
# Installs what the package-lock.json of npm projects names, unless it is there already: of those that
# ./test.sh needs, or in the folders given. Says nothing if there is nothing to do.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

(($# > 0)) || set -- tools examples/pos_client_node
for project in "$@"; do
  cd "$root/$project"
  # npm leaves a copy of what it has installed.
  [[ node_modules/.package-lock.json -nt package-lock.json ]] && continue
  echo "npm ci in $project"
  npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
done
