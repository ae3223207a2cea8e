// Keeps the environment from configuring anything.
//
// Answers for: taking away the variables that the E2B SDK (or a GitHub tool) would obey behind the configuration's back;
// a stray E2B_DEBUG=true turns kills into no-ops. OTEL_* stay: they configure the exporters, by design.
// Source: e2b 2.51.0. It reads E2B_DEBUG, E2B_DOMAIN, … at each call, and the pool limits once, when it makes the
// first connection to envd; the latter have no option in its API, hence the variables set here.
// Gotcha: must run before the first call into `e2b`; the command line does so before it imports it.

/** Over plain HTTP/1.1 each running command holds one connection; the SDK's own limit is 200. */
const envdConnections = "10000"

/** Removes every `E2B_*`, `GITHUB_*` and `ACTIONS_*` variable, then lets the SDK hold thousands of streams. */
export const isolateEnvironment = (env: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(env)) {
    if (/^(?:E2B|GITHUB|ACTIONS)_/i.test(name)) delete env[name]
  }
  env["E2B_ENVD_RPC_CONNECTIONS"] = envdConnections
  env["E2B_ENVD_RPC_INFLIGHT_REQUESTS"] = "0"
}
