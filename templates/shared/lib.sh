# shellcheck shell=bash
# What all stages share: where things go, what is said, and downloads that are what the lock file says.
#
# Sourced by a stage with the stage's own arguments: `name|version|sha256|url` for each download.
# TEMPLATE_ROOT stands before every path that is written; empty in a build, a folder in the tests.
set -euo pipefail

root="${TEMPLATE_ROOT-}"
# Where the stage and its files lie.
# shellcheck disable=SC2034 # the stages read it
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH="$root/usr/local/go/bin:$root/usr/local/bin:$PATH"
export DEBIAN_FRONTEND=noninteractive

say() { printf '== %s\n' "$1"; }
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  exit 1
}

declare -A download_version=() download_sum=() download_url=()
read_downloads() {
  local entry name version sum url
  for entry in "$@"; do
    IFS='|' read -r name version sum url <<<"$entry"
    [ -n "$url" ] || fail "this is no download: $entry"
    [[ $sum =~ ^[0-9a-f]{64}$ ]] || fail "the checksum of $name is not known; run: npm run template:lock"
    download_version[$name]=$version
    download_sum[$name]=$sum
    download_url[$name]=$url
  done
}

version_of() {
  [ -n "${download_version[$1]-}" ] || fail "this stage has no download called $1"
  printf '%s' "${download_version[$1]}"
}

work=''
remove_work() { [ -z "$work" ] || rm -rf "$work"; }
trap remove_work EXIT

# fetch NAME: downloads it to $work/NAME, and fails unless it is what the lock file says. A network may need several
# tries; what arrived with another checksum gets none, for it will not change.
fetch() {
  local name=$1 try code found
  version_of "$name" >/dev/null
  [ -n "$work" ] || work=$(mktemp -d)
  say "$name ${download_version[$name]} from ${download_url[$name]}"
  for try in 1 2 3 4 5; do
    code=0
    # The curl of Ubuntu 16.04 knows no --retry-all-errors, so the tries are counted here.
    curl --fail --silent --show-error --location --http1.1 --connect-timeout 15 --max-time 300 \
      --output "$work/$name" "${download_url[$name]}" || code=$?
    [ "$code" -ne 0 ] || break
    [ "$try" -ne 5 ] || fail "$name could not be downloaded from ${download_url[$name]} (curl ended with $code)"
    sleep "$try"
  done
  found=$(sha256sum "$work/$name" | cut -d ' ' -f 1)
  if [ "$found" != "${download_sum[$name]}" ]; then
    rm -f "$work/$name"
    fail "the checksum of $name is wrong: sha256 is $found, the lock file says ${download_sum[$name]}"
  fi
}

# install_binary FILE NAME
install_binary() {
  mkdir -p "$root/usr/local/bin"
  install -m 755 "$1" "$root/usr/local/bin/$2"
}

# A folder for one archive, in which nothing else lies.
unpacked() {
  mkdir -p "$work/unpacked-$1"
  printf '%s' "$work/unpacked-$1"
}

# unpack_go NAME FOLDER: a Go toolchain, by itself in FOLDER.
unpack_go() {
  fetch "$1"
  rm -rf "$root$2"
  mkdir -p "$root$2"
  tar -xzf "$work/$1" -C "$root$2" --strip-components=1 --no-same-owner
  rm -f "$work/$1"
}

# Both commands where every shell looks, whatever its PATH.
link_go() {
  mkdir -p "$root/usr/local/bin"
  ln -sfn ../go/bin/go "$root/usr/local/bin/go"
  ln -sfn ../go/bin/gofmt "$root/usr/local/bin/gofmt"
}

install_rclone() {
  local folder
  fetch rclone
  folder=$(unpacked rclone)
  unzip -q "$work/rclone" -d "$folder"
  install_binary "$folder/rclone-v$(version_of rclone)-linux-amd64/rclone" rclone
}

# Nothing that only made the image stays in it.
remove_package_caches() {
  apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/log/apt/* "$root"/var/log/dpkg.log
}
