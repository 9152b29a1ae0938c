#!/bin/sh
# SPDX-License-Identifier: ISC
# The user interface under valgrind: no byte read or written wrongly, none lost.
#   ui_valgrind.sh PROGRAM
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v valgrind >/dev/null || {
    echo "skipped: valgrind is not installed"
    exit 77
}
sh "$here/ui_xvfb.sh" valgrind -q --leak-check=full --errors-for-leak-kinds=definite \
    --suppressions="$here/valgrind.supp" --error-exitcode=1 "$1"
