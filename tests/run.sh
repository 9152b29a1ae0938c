#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Builds everything and runs every test. Ends with the sum of all CUnit summaries.
#   bash tests/run.sh [BUILD]    (default: build-tests in the source folder)
set -u
here=$(cd -- "$(dirname -- "$0")" && pwd)
build=${1:-$here/../build-tests}

sh "$here/../offline/build.sh" "$build" || exit 1
sh "$here/../offline/packages.sh" lilv-utils sordi jalv jackd2 liblilv-dev sox python3 \
    xvfb libxcb-xtest0-dev valgrind || exit 1
meson setup --reconfigure "$build" >/dev/null || exit 1
meson compile -C "$build" || exit 1
meson test -C "$build" --no-rebuild --print-errorlogs
status=$?

# CUnit's own lines, added up over all suites: "tests  3  3  3  0  0".
awk '
    $1 == "suites" && NF >= 6 { suites += $3; suites_failed += $5 }
    $1 == "tests" && NF >= 6 { tests += $3; passed += $4; failed += $5 }
    $1 == "asserts" && NF >= 6 { asserts += $3; asserts_passed += $4; asserts_failed += $5 }
    END {
        print ""
        print "Run Summary:    Type  Total    Ran Passed Failed Inactive"
        printf "              suites %6d %6d    n/a %6d        0\n", suites, suites, suites_failed
        printf "               tests %6d %6d %6d %6d        0\n", tests, tests, passed, failed
        printf "             asserts %6d %6d %6d %6d      n/a\n", asserts, asserts, asserts_passed, asserts_failed
    }' "$build/meson-logs/testlog.txt"
exit $status
