#!/usr/bin/env bash
# Checks that every rule which docs/features.md says to work, wholly or partly, is proved by a test
# that ran and passed: one whose report has it in the property "rules" (tests/support/proves.h).
#
# Usage: check-rules.sh FOLDER-OF-REPORTS
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
reports=${1:?Usage: check-rules.sh FOLDER-OF-REPORTS}

# GoogleTest's reports have one element a line. A test that was skipped or failed proves nothing.
proved=$(find "$reports" -name '*.xml' -exec cat {} + | awk '
  /<testcase /                  { passed = /status="run" result="completed"/; rules = "" }
  /<failure|<skipped/           { passed = 0 }
  /<property name="rules"/      { split($0, part, "value=\""); sub(/".*/, "", part[2]); rules = part[2] }
  /<\/testcase>/ && passed && rules != "" { gsub(",", "\n", rules); print rules }' | sort -u)

status=0
count=0
while read -r rule state; do
  if grep --quiet --line-regexp "$rule" <<<"$proved"; then
    count=$((count + 1))
  else
    echo "ERROR: $rule is said to be '$state', and no test that proves it ran and passed"
    status=1
  fi
done < <(sed -nE 's/^\| ([A-Z][0-9]+) \| (works|partly) \|.*/\1 \2/p' "$root/docs/features.md")
echo "$count rules are proved by tests that passed"
exit $status
