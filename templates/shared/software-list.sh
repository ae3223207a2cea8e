#!/usr/bin/env bash
# Stage: the last. Runs the command of each `name|version|command` given, prints what is there, keeps the list in
# /opt/runnerd-template/software.txt, and cleans up. Fails when something is missing, or is not the version that was asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

list="$root/opt/runnerd-template/software.txt"
mkdir -p "$(dirname "$list")"
: >"$list"
problems=0
for entry in "$@"; do
  IFS='|' read -r name version command <<<"$entry"
  output=$(bash -c "$command" 2>&1 </dev/null) || {
    printf 'MISSING %s: %s\n%s\n' "$name" "$command" "$output" >&2
    problems=$((problems + 1))
    continue
  }
  line=${output%%$'\n'*}
  if [[ $output != *"$version"* ]]; then
    printf 'WRONG VERSION of %s: %s, expected %s\n' "$name" "$line" "$version" >&2
    problems=$((problems + 1))
  fi
  printf '%-16s %s\n' "$name" "$line" >>"$list"
done
[ "$problems" -eq 0 ] || fail "$problems of $# programs are not as they should be"

say "caches are removed"
remove_package_caches
rm -rf "$root"/root/.cache "$root"/root/.npm "$root"/home/user/.npm

say "software in this template"
cat "$list"
