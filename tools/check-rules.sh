#!/usr/bin/env bash
# Checks that every rule which docs/features.md says to work is proved by the tests that are listed
# for it there: each has run with all its parameters, none was skipped or failed, and each has the
# rule in its report's property "rules" (tests/support/proves.h).
#
# Usage: check-rules.sh FOLDER-OF-REPORTS
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
reports=${1:?Usage: check-rules.sh FOLDER-OF-REPORTS}
features=$root/docs/features.md

# "C3 scenario/create_test Test" for each test that is listed, and whatever a line of the list says.
# Such a line: - **C3** scenario/create_test: Test, Other; unit/hq/conversion_test: Third
listed=$(sed -nE 's/^- \*\*([A-Z][0-9]+)\*\* (.*)/\1 \2/p' "$features" | awk '
  { rule = $1
    sub(/^[^ ]+ /, "")
    for (i = split($0, files, "; "); i > 0; --i) {
      split(files[i], part, ": ")
      for (j = split(part[2], tests, ", "); j > 0; --j) print rule, part[1], tests[j]
    } }' | sort -u)

# The same for each test of the reports that proves something. GoogleTest's reports have one element
# a line. A test that was skipped or failed with one of its parameters proves nothing.
proved=$(find "$reports" -name '*.xml' -exec cat {} + | awk '
  function value(attribute,    part) {
    split($0, part, " " attribute "=\"")
    sub(/".*/, "", part[2])
    return part[2]
  }
  /<testcase / {
    file = value("file")
    sub(/.*\/tests\//, "", file)
    sub(/\.cc$/, "", file)
    test = value("name")
    sub(/\/.*/, "", test)
    test = file " " test
    if (!/status="run" result="completed"/) spoilt[test] = 1
  }
  /<failure|<skipped/      { spoilt[test] = 1 }
  /<property name="rules"/ { rules[test] = rules[test] "," value("value") }
  END {
    for (test in rules) {
      if (test in spoilt) continue
      for (i = split(rules[test], each, ","); i > 0; --i) if (each[i] != "") print each[i], test
    }
  }' | sort -u)

status=0
while read -r rule file test; do
  echo "ERROR: $rule is said to be proved by $file: $test, which didn't run, was skipped or failed"
  status=1
done < <(comm -23 <(echo "$listed") <(echo "$proved"))

count=0
while read -r rule; do
  if grep --quiet "^$rule " <<<"$proved"; then
    count=$((count + 1))
  else
    echo "ERROR: $rule is said to work, and no test that proves it ran and passed"
    status=1
  fi
done < <(sed -nE 's/^\| ([A-Z][0-9]+) \| works \|.*/\1/p' "$features")
echo "$count rules are proved, $(wc -l <<<"$proved") times in all, by tests that passed"
exit $status
