#!/usr/bin/env bash
# Stage: the packages named in packages.txt, from Ubuntu's own archive, whose signatures apt checks.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

mapfile -t packages < <(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$here/packages.txt")
[ "${#packages[@]}" -gt 0 ] || fail "packages.txt names no package"

# Daemons are not to start while an image is made.
mkdir -p "$root/usr/sbin"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

say "installing ${#packages[@]} packages"
apt-get -o Acquire::Retries=5 update
apt-get -o Acquire::Retries=5 install --yes --no-install-recommends "${packages[@]}" ||
  fail "a package could not be installed; see above, and packages.txt for the list"

rm -f "$root/usr/sbin/policy-rc.d"
remove_package_caches
