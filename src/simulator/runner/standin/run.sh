#!/bin/bash
# Keeps the runner's listener going. Stands in for run.sh and run-helper.sh of actions/runner: the exit code says nothing
# about the job. 0, 1, 5 and unknown codes of the listener become 0; 2 starts it again after 5 s; 7 is passed on.
# RUNNER_STANDIN_PAUSE_SECONDS: that many instead of 5, and instead of every other pause between tries.
if [[ $(id -u) -eq 0 && -z "${RUNNER_ALLOW_RUNASROOT:-}" ]]; then
  echo "Must not run interactively with sudo"
  exit 1
fi
DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

run_listener() {
  "${RUNNER_STANDIN_NODE:-node}" "$DIR/bin/listener.mjs" "$@"
}

if [[ -n "${RUNNER_MANUALLY_TRAP_SIG:-}" ]]; then
  # Job control gives the listener a process group of its own, to which a SIGTERM is passed on as SIGINT.
  set -m
  trap 'kill -INT -- "-$PID" 2>/dev/null' INT TERM
fi

while :; do
  if [[ -n "${RUNNER_MANUALLY_TRAP_SIG:-}" ]]; then
    run_listener "$@" &
    PID=$!
    # A trapped signal ends `wait` before the listener has ended.
    while :; do
      wait -f "$PID"
      code=$?
      kill -0 "$PID" 2>/dev/null || break
    done
  else
    run_listener "$@"
    code=$?
  fi
  case $code in
    0) echo "Runner listener exit with 0 return code, stop the service, no retry needed." ;;
    1) echo "Runner listener exit with terminated error, stop the service, no retry needed." ;;
    2)
      echo "Runner listener exit with retryable error, re-launch runner in 5 seconds."
      sleep "${RUNNER_STANDIN_PAUSE_SECONDS:-5}"
      echo "Restarting runner..."
      continue
      ;;
    5) echo "Runner listener exit with Session Conflict error, stop the service, no retry needed." ;;
    7)
      echo "Runner listener exit with deprecated version exit code: $code."
      exit "$code"
      ;;
    *) echo "Exiting with unknown error code: $code" ;;
  esac
  echo "Exiting runner..."
  exit 0
done
