// What has been broken in what the control API and the proxy answer when they refuse, and in limits.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const simulator = mutationsOf("src/simulator/e2b/E2BSimulator.ts")
const failure = mutationsOf("src/simulator/e2b/ControlFailure.ts")
const creation = mutationsOf("src/simulator/e2b/CreationRate.ts")
const calls = mutationsOf("src/simulator/e2b/CallRate.ts")
const plans = mutationsOf("src/simulator/e2b/Plans.ts")

export const refusals: ReadonlyArray<Mutation> = [
  simulator("any API key is let in", "!apiKeys.has(key)", 'key === ""', "a wrong API key is an AuthenticationError"),
  failure(
    "an unknown template is told in other words",
    "template '${name}' not found",
    "Template ${name} not found",
    "an unknown template is a 404"
  ),
  failure(
    "too many sandboxes have a Retry-After",
    "please visit https://e2b.dev/dashboard`",
    'please visit https://e2b.dev/dashboard`,\n    { headers: { "Retry-After": "1" } }',
    "at the plan's concurrency"
  ),
  creation("creates cost nothing", "this.#tokens -= 1", "this.#tokens -= 0", "above the creation rate"),
  failure(
    "an unknown route is a bad request",
    'new ControlFailure(404, "no matching',
    'new ControlFailure(400, "no matching',
    "an unknown route is a 404"
  ),
  plans("hobby is larger", "maxConcurrent: 20,", "maxConcurrent: 21,", "hobby has 20"),
  plans("pro creates faster", "createsPerSecond: 5", "createsPerSecond: 6", "pro has 100"),
  simulator(
    "envd may be called without limit",
    "      if (pause > 0) return send(response, refusal(rateLimited(limit ?? 0, pause)))\n",
    "",
    "limit the calls of envd too"
  ),
  calls(
    "one call more than the plan has",
    "this.#calls <= limit",
    "this.#calls <= limit + 1",
    "limit all calls of the control API"
  ),
  plans(
    "a plan may have anything",
    "if (stranger !== undefined)",
    'if (stranger === "")',
    "Pause › plans › that do not exist are refused"
  ),
  failure(
    "bodies have no code",
    "      code: status,\n",
    "",
    "Errors › calls about a sandbox that is gone › are false",
    "a kill is true once, then false"
  ),
  failure(
    "being killed is told in other words",
    "is being killed",
    "is dying",
    "are still refused while it is being killed"
  ),
  failure(
    "a blocked team is not let in",
    'new ControlFailure(403, "Team',
    'new ControlFailure(401, "Team',
    "a team that is blocked"
  ),
  failure(
    "the proxy does not know a sandbox: 500",
    "proxy_not_found: new ControlFailure(502",
    "proxy_not_found: new ControlFailure(500",
    "proxy_not_found looks like"
  ),
  failure(
    "a closed port: 500",
    "proxy_port_closed: new ControlFailure(502",
    "proxy_port_closed: new ControlFailure(500",
    "proxy_port_closed looks like"
  ),
  failure(
    "too many connections: 500",
    "proxy_too_many_connections: new ControlFailure(429",
    "proxy_too_many_connections: new ControlFailure(500",
    "proxy_too_many_connections looks like"
  ),
  failure(
    "transitioning: 502",
    "proxy_transitioning: new ControlFailure(409",
    "proxy_transitioning: new ControlFailure(502",
    "proxy_transitioning is a SandboxError"
  ),
  failure(
    "a wrong key is a bad request",
    "unauthorized: invalidApiKey()",
    'unauthorized: badRequest("no")',
    "401, 429 and 503 are errors of their own kinds"
  ),
  failure(
    "placement failures have no error_code",
    "      ...(extra.errorCode === undefined ? {} : { error_code: extra.errorCode }),\n",
    "",
    "placement failure"
  ),
  simulator(
    "all answers have one trace id",
    'randomBytes(16).toString("hex")',
    '"0".repeat(32)',
    "every answer of the control API has a trace id"
  ),
  failure(
    "rates have no Retry-After",
    '      "Retry-After": String(retryAfterSeconds),\n',
    "",
    "the client's own retry waits",
    "a rate limit carries Retry-After",
    "above the creation rate",
    "limit all calls of the control API"
  )
]
