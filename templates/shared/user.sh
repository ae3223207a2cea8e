#!/usr/bin/env bash
# Stage: the user that jobs run as. Not root, but with sudo without a password and in the group docker: a sandbox is one
# job's machine, as a virtual machine of GitHub's is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# E2B's own provisioning may have made it.
id -u user >/dev/null 2>&1 || useradd --create-home --shell /bin/bash user
groupadd --force docker
usermod --append --groups docker user

say "sudo for user"
mkdir -p "$root/etc/sudoers.d"
printf 'user ALL=(ALL:ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/runnerd-user"
chmod 440 "$root/etc/sudoers.d/runnerd-user"
visudo --check --quiet --file="$root/etc/sudoers.d/runnerd-user" || fail "the rule for sudo is wrong"

install_binary "$here/ensure-docker" ensure-docker

say "folders that jobs write to"
for folder in /opt/hostedtoolcache /opt/go /home/user/.cache /home/user/.config; do
  mkdir -p "$root$folder"
  chown -R user:user "$root$folder"
done
