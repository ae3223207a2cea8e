#!/usr/bin/env bash
# Stage: tools that are no packages of Ubuntu 24.04, or are too old there. Versions and checksums come from the lock file.
# shellcheck source-path=SCRIPTDIR/../shared source=lib.sh
. "$(dirname "$0")/lib.sh"
read_downloads "$@"

unpack_go go /usr/local/go
link_go

fetch node
mkdir -p "$root/usr/local"
tar -xJf "$work/node" -C "$root/usr/local" --strip-components=1 --no-same-owner \
  --exclude='*/CHANGELOG.md' --exclude='*/LICENSE' --exclude='*/README.md'
rm -f "$work/node"

fetch gh
folder=$(unpacked gh)
tar -xzf "$work/gh" -C "$folder" --strip-components=1 --no-same-owner
install_binary "$folder/bin/gh" gh

fetch task
folder=$(unpacked task)
tar -xzf "$work/task" -C "$folder" --no-same-owner
install_binary "$folder/task" task

fetch gofumpt
install_binary "$work/gofumpt" gofumpt

fetch staticcheck
folder=$(unpacked staticcheck)
tar -xzf "$work/staticcheck" -C "$folder" --no-same-owner
install_binary "$folder/staticcheck/staticcheck" staticcheck

# Also where the actions setup-terraform and setup-opentofu look first: <tool>/<version>/x64, with a mark that it is whole.
cache_tool() {
  local name=$1 file=$2 folder
  folder="$root/opt/hostedtoolcache/$name/$(version_of "$name")"
  mkdir -p "$folder/x64"
  install -m 755 "$file" "$folder/x64/$name"
  : >"$folder/x64.complete"
}

fetch tofu
folder=$(unpacked tofu)
tar -xzf "$work/tofu" -C "$folder" --no-same-owner
install_binary "$folder/tofu" tofu
cache_tool tofu "$folder/tofu"

fetch terraform
folder=$(unpacked terraform)
unzip -q "$work/terraform" -d "$folder"
install_binary "$folder/terraform" terraform
cache_tool terraform "$folder/terraform"

install_rclone
