// The text of the script that runs in the sandbox.
//
// Answers for: everything between a fresh sandbox and an ended runner. It is the same for every request: user
// data reaches it only through the data file, base64 per value, so no shell ever parses a label or a name.
// Gotcha: this is a template literal, so "$" before "{" and every backslash are escaped here. The tests run
// the script with a fake runner, and shellcheck over it where that is installed.
export const startRunnerScript = `#!/usr/bin/env bash
# Starts one ephemeral GitHub Actions runner with the data in start-runner.data beside this script.
# Exit codes: 1 nothing to start from, 2 registration failed, 3 never told to listen, otherwise that of run.sh.
# shellcheck disable=SC2317 # traps call functions that look unreachable
# shellcheck disable=SC2030,SC2031 # subshells keep secrets to themselves on purpose
set -euo pipefail

say() { printf 'runnerd: %s\\n' "$1" >&2; }
fail() {
  say "$2"
  exit "$1"
}

# A variable that the template exports under one of these names would hand its new value to every child.
unset -v mode url token labels runner_group jit_config request_id sandbox_id runner_name trace_id content key encoded value
mode='' url='' token='' labels='' runner_group='' jit_config='' request_id='' sandbox_id='' runner_name='' trace_id=''

# The data file holds the registration. envd wrote it with its own umask (0644 as a rule): until here every process of
# the sandbox could read it, but only the template's own run yet; jobs come after run.sh, when the file is gone. It is
# removed before it is looked into, so that no failure leaves it behind.
here=$(cd "$(dirname "$0")" && pwd)
data="$here/start-runner.data"
[ -f "$data" ] || fail 1 "$data is missing"
chmod 600 "$data"
content=$(cat "$data")
rm -f "$data"

# One "name base64" per line. The x keeps line ends at a value's end, which a command substitution drops. Here-strings
# may go through a temporary file.
previous_umask=$(umask)
umask 077
while read -r key encoded; do
  value=$(printf '%s' "$encoded" | base64 -d && printf x) || fail 1 "the value of $key cannot be decoded"
  value=\${value%x}
  case "$key" in
    mode) mode=$value ;;
    url) url=$value ;;
    token) token=$value ;;
    labels) labels=$value ;;
    runner_group) runner_group=$value ;;
    jit_config) jit_config=$value ;;
    request_id) request_id=$value ;;
    sandbox_id) sandbox_id=$value ;;
    runner_name) runner_name=$value ;;
    trace_id) trace_id=$value ;;
    *) ;;
  esac
done <<<"$content"
umask "$previous_umask"
unset -v content encoded value

export HOME="\${RUNNERD_HOME:-\${HOME:-$here/home}}"
export XDG_CONFIG_HOME="\${XDG_CONFIG_HOME:-$HOME/.config}"
export GOPATH="\${GOPATH:-/opt/go}"
export GOBIN="\${GOBIN:-/usr/local/bin}"
export RUNNER_TOOL_CACHE="\${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"
export AGENT_TOOLSDIRECTORY="\${AGENT_TOOLSDIRECTORY:-$RUNNER_TOOL_CACHE}"
export PATH="/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:$PATH"
export RUNNER_ALLOW_RUNASROOT=1

runner_source="\${RUNNER_SOURCE:-/opt/actions-runner}"
work="\${RUNNERD_WORK_DIR:-$HOME/actions-runner}"
mkdir -p "$work" "$XDG_CONFIG_HOME/git"
cd "$work"
if [ ! -e config.sh ]; then
  for file in config.sh run.sh; do
    [ -f "$runner_source/$file" ] ||
      fail 1 "$runner_source/$file is missing: the template must hold the GitHub Actions runner there, or name its folder in RUNNER_SOURCE"
  done
  cp -a "$runner_source/." . || fail 1 "the runner could not be copied from $runner_source to $work"
fi
[ -f run.sh ] || fail 1 "$work/run.sh is missing"

# Its daemons must not hold our output: the stream ends only when everyone has closed it.
ensure_docker="\${RUNNERD_ENSURE_DOCKER:-/usr/local/bin/ensure-docker}"
if [ -x "$ensure_docker" ]; then
  "$ensure_docker" </dev/null >"$work/ensure-docker.log" 2>&1 ||
    say "ensure-docker failed with code $?, see $work/ensure-docker.log; jobs that need Docker may fail"
fi

# The hooks' own output goes to the job's log, so what we want to hear of them comes through a FIFO. It is opened for
# reading and writing on both sides: neither ever waits for the other to open it.
mkdir -p .runnerd
channel="$work/.runnerd/hooks"
rm -f "$channel"
mkfifo -m 600 "$channel"
relay() {
  local line
  while IFS= read -r line; do
    case "$line" in
      '::runnerd::end') return 0 ;;
      '::runnerd::job-started '* | '::runnerd::job-completed '*) printf '%s\\n' "$line" ;;
      *) ;;
    esac
  done <>"$channel"
}
relay &
relay_pid=$!

on_exit() {
  local code=$?
  trap - EXIT
  # A runner that has done its job has removed its own configuration. A removal token would be the documented way, but
  # the registration token works, and the service removes the registration in any case.
  if [ "$mode" = token ] && [ -e "$work/.runner" ]; then
    (
      export ACTIONS_RUNNER_INPUT_TOKEN="$token"
      exec timeout 20 ./config.sh remove </dev/null >/dev/null 2>&1
    ) || true
  fi
  # A job may have taken the channel away or put something else in its place: then the relay would never read the end.
  if [ "/proc/$relay_pid/fd/0" -ef "$channel" ]; then
    printf '::runnerd::end\\n' 1<>"$channel" || true
  else
    kill "$relay_pid" 2>/dev/null || true
  fi
  wait "$relay_pid" 2>/dev/null || true
  exit "$code"
}
trap on_exit EXIT

# Line ends would end a workflow command or forge one.
export RUNNERD_SANDBOX_ID="\${sandbox_id//[[:cntrl:]]/ }"
export RUNNERD_REQUEST_ID="\${request_id//[[:cntrl:]]/ }"
export RUNNERD_RUNNER_NAME="\${runner_name//[[:cntrl:]]/ }"
export RUNNERD_TRACE_ID="\${trace_id//[[:cntrl:]]/ }"
export RUNNERD_HOOK_CHANNEL="$channel"

cat >.runnerd/job-started.sh <<'HOOK'
#!/usr/bin/env bash
summary="sandbox_id=$RUNNERD_SANDBOX_ID request_id=$RUNNERD_REQUEST_ID runner_name=$RUNNERD_RUNNER_NAME trace_id=$RUNNERD_TRACE_ID"
echo "runnerd: job started"
echo "::notice title=E2B sandbox::\${summary//%/%25}"
echo "E2B sandbox id: $RUNNERD_SANDBOX_ID"
echo "runnerd request id: $RUNNERD_REQUEST_ID"
echo "Runner name: $RUNNERD_RUNNER_NAME"
echo "Trace id: $RUNNERD_TRACE_ID"
if [ -p "$RUNNERD_HOOK_CHANNEL" ]; then
  printf '::runnerd::job-started run_id=%s job=%s\\n' "\${GITHUB_RUN_ID:-0}" "\${GITHUB_JOB:-}" 1<>"$RUNNERD_HOOK_CHANNEL" || true
fi
exit 0
HOOK
cat >.runnerd/job-completed.sh <<'HOOK'
#!/usr/bin/env bash
echo "runnerd: job completed"
if [ -p "$RUNNERD_HOOK_CHANNEL" ]; then
  printf '::runnerd::job-completed run_id=%s job=%s\\n' "\${GITHUB_RUN_ID:-0}" "\${GITHUB_JOB:-}" 1<>"$RUNNERD_HOOK_CHANNEL" || true
fi
exit 0
HOOK
chmod 700 .runnerd/job-started.sh .runnerd/job-completed.sh
export ACTIONS_RUNNER_HOOK_JOB_STARTED="$work/.runnerd/job-started.sh"
export ACTIONS_RUNNER_HOOK_JOB_COMPLETED="$work/.runnerd/job-completed.sh"

# Everything that is data goes by environment variables that the runner takes out of its own environment: arguments can
# be read by every process.
configure() (
  export ACTIONS_RUNNER_INPUT_URL="$url"
  export ACTIONS_RUNNER_INPUT_TOKEN="$token"
  export ACTIONS_RUNNER_INPUT_NAME="$runner_name"
  export ACTIONS_RUNNER_INPUT_LABELS="$labels"
  if [ -n "$runner_group" ]; then export ACTIONS_RUNNER_INPUT_RUNNERGROUP="$runner_group"; fi
  exec ./config.sh --unattended --ephemeral --replace --disableupdate --no-default-labels </dev/null
)

# A sandbox's network may need a moment after its memory was resumed.
register() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10; do
    configure && return 0
    say "registration failed, try $try of 10"
    rm -f .runner .credentials .credentials_rsaparams
    [ "$try" = 10 ] || sleep 1
  done
  return 1
}

# A sandbox whose runner is given up before it listens is removed, and so is one whose start was never answered: the runner
# must not have taken a job by then. So nothing listens before whoever started this knows that the runner is registered, for
# from then on the service can be asked whether it works. Said again and again for those who take over.
go="$here/start-runner.go"
await_go() {
  local look
  for ((look = 0; look < 600; look += 1)); do
    [ $((look % 25)) -ne 0 ] || echo '::runnerd::registered'
    if [ -e "$go" ]; then
      rm -f "$go"
      return 0
    fi
    sleep 0.2
  done
  return 1
}

runner=''
forward() {
  [ -n "$runner" ] || exit 143
  kill -s TERM "$runner" 2>/dev/null || true
}
trap forward TERM INT HUP

case "$mode" in
  token)
    register || fail 2 "the runner could not be registered"
    await_go || fail 3 "nobody told this runner to listen within two minutes"
    ;;
  jit) ;;
  *) fail 1 "unknown mode" ;;
esac

# Job control gives the runner a process group of its own and leaves SIGINT to it: run.sh turns our SIGTERM into a
# SIGINT for its group. It is a child and no replacement for this shell, or the traps would never run (E-97).
export RUNNER_MANUALLY_TRAP_SIG=1
set -m
if [ "$mode" = jit ]; then
  # Stays readable in run.sh's own environment; so are the same credentials in the files that the runner writes.
  ACTIONS_RUNNER_INPUT_JITCONFIG="$jit_config" ./run.sh </dev/null &
else
  ./run.sh </dev/null &
fi
runner=$!
set +m
jit_config=''

code=0
wait "$runner" || code=$?
# A trapped signal ends the wait, not the runner.
while kill -0 "$runner" 2>/dev/null; do
  code=0
  wait "$runner" || code=$?
done
exit "$code"
`
