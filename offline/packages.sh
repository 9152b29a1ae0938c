#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs those of the given Debian packages that are missing. Run as root, or with sudo at hand.
#   packages.sh PACKAGE...
set -eu
missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "packages.sh: please install by hand:$missing" >&2
    exit 1
fi
run=
[ "$(id -u)" = 0 ] || run=sudo
echo "installing:$missing"
$run apt-get update -qq
# shellcheck disable=SC2086 # a list of names
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
