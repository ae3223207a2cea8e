#!/usr/bin/env bash
# Stage: the GitHub Actions runner in /opt/actions-runner, from where runnerd's start script copies it. It is not
# configured: every sandbox resumes this image, and a registration must be one sandbox's own.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
read_downloads "$@"

runner="$root/opt/actions-runner"
fetch actions-runner
rm -rf "$runner"
mkdir -p "$runner"
tar -xzf "$work/actions-runner" -C "$runner" --no-same-owner
for file in config.sh run.sh bin/Runner.Listener; do
  [ -f "$runner/$file" ] || fail "the runner's archive has no $file"
done

# What bin/installdependencies.sh would install is in packages.txt, with everything else; this says whether it still is
# all that the runner needs.
missing=$(find "$runner/bin" -name '*.so' -exec ldd {} + 2>/dev/null | grep 'not found' | sort -u || true)
# The tracing provider is optional: .NET looks for a version of LTTng that newer systems do not have.
missing=$(grep -v liblttng-ust <<<"$missing" || true)
[ -z "$missing" ] || fail "the runner misses libraries, add their packages to packages.txt:
$missing"

wanted=$(version_of actions-runner)
found=$("$runner/bin/Runner.Listener" --version) || fail "the runner does not run on this system: bin/Runner.Listener --version failed"
[ "$found" = "$wanted" ] || fail "the runner says that it is $found, and not $wanted"
say "runner $found"

chown -R user:user "$runner"
