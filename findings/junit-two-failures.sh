#!/usr/bin/env bash
# Of several failures in one JUnit case, junit2html and xunit2testrail keep the last alone, and junitparser keeps all.
#
# The usual schemas of JUnit reports allow a case to have any number of `failure` elements, so a writer with several
# findings about one test may write one element for each. A reader that looks right in every other respect may then show
# one of them, and not the first, which is often the cause of the others: the report loses findings, and nothing says so.
# The count of failures does not show it either, as it counts cases. One `failure` that has all messages is safe.
#
# Seen with junit2html 31.1.4, xunit2testrail 0.7.3 and junitparser 3.2.0 (Python 3.11). Output:
#     junit2html: the last
#     xunit2testrail: the last
#     junitparser: the cause, the second, the last
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 --version
python3 -m venv packages
packages/bin/pip install --quiet --disable-pip-version-check junit2html==31.1.4 xunit2testrail==0.7.3 junitparser==3.2.0

cat > report.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="1" failures="1" errors="0" skipped="0">
  <testsuite name="chapter" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="run" classname="chapter" time="0.062">
      <failure message="the cause" type="STALE">about the cause</failure>
      <failure message="the second" type="TEXT">about the second</failure>
      <failure message="the last" type="COUNT">about the last</failure>
    </testcase>
  </testsuite>
</testsuites>
XML

{
    packages/bin/junit2html report.xml page.html
    shown=$(grep -oE 'the (cause|second|last)' page.html | sort -u | paste -sd, -)
    echo "junit2html: ${shown//,/, }"
    packages/bin/python - <<'PYTHON'
import junitparser
from xunit2testrail.vendor import xunitparser

cases, _ = xunitparser.parse(open("report.xml"))
print("xunit2testrail:", ", ".join(case.message for case in cases))
for suite in junitparser.JUnitXml.fromfile("report.xml"):
    for case in suite:
        print("junitparser:", ", ".join(failure.message for failure in case.result))
PYTHON
} | tee printed
diff printed - <<'EXPECTED' || { echo "changed: other failures are kept" >&2; exit 1; }
junit2html: the last
xunit2testrail: the last
junitparser: the cause, the second, the last
EXPECTED
