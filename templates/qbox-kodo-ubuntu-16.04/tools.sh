#!/usr/bin/env bash
# Stage: the Go toolchains, a Docker that knows cgroup v2, and rclone. Versions and checksums come from the lock file.
# shellcheck source-path=SCRIPTDIR/../shared source=lib.sh
. "$(dirname "$0")/lib.sh"
read_downloads "$@"

for name in go-1.12 go-1.21 go-1.23 go-1.24; do
  unpack_go "$name" "/usr/local/go$(version_of "$name")"
done
rm -rf "$root/usr/local/go"
ln -s "go$(version_of go-1.24)" "$root/usr/local/go"
link_go

# Ubuntu 16.04's own docker.io (18.09) does not start a container where there is only cgroup v2, as in E2B's kernel.
# These are the last packages that Docker made for 16.04.
debs=()
for name in containerd docker-cli docker; do
  fetch "$name"
  mv "$work/$name" "$work/$name.deb"
  debs+=("$work/$name.deb")
done
mkdir -p "$root/usr/sbin"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
dpkg --install "${debs[@]}" || fail "the packages of Docker could not be installed"
rm -f "$root/usr/sbin/policy-rc.d"

install_rclone
