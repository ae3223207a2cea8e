#!/bin/bash
# Registers this runner, or removes its registration: config.sh --url … --token …, config.sh remove --token …
# Stands in for the script of the same name of actions/runner.
if [[ $(id -u) -eq 0 && -z "${RUNNER_ALLOW_RUNASROOT:-}" ]]; then
  echo "Must not run with sudo"
  exit 1
fi
DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
exec "${RUNNER_STANDIN_NODE:-node}" "$DIR/bin/configure.mjs" "$@"
