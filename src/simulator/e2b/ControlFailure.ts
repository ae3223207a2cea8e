// What the control API answers when it refuses.
//
// Answers for: status, body and headers of every refusal, as data. Each body carries `code`: the client recognises a
// missing sandbox by `{"code":404}` in the body, not by the HTTP status.
// Gotcha: "Failed to place sandbox" is a load-bearing prefix in E2B's own source, and one of its two 503 answers
// ("no compatible node") is nearer to a mistake in the template than to a shortage. The wording of the other messages
// is taken from E2B's source where it was at hand; do not build on it.
import type { components } from "e2b"

export type ErrorBody = components["schemas"]["Error"]

export class ControlFailure extends Error {
  readonly status: number
  readonly body: ErrorBody
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    extra: { errorCode?: string; headers?: Record<string, string>; more?: Record<string, unknown> } = {}
  ) {
    super(message)
    this.name = "ControlFailure"
    this.status = status
    this.body = {
      code: status,
      message,
      ...(extra.errorCode === undefined ? {} : { error_code: extra.errorCode }),
      ...extra.more
    }
    this.headers = extra.headers ?? {}
  }
}

export const badRequest = (message: string) => new ControlFailure(400, message)

export const invalidApiKey = () =>
  new ControlFailure(401, "Invalid API key, please visit https://e2b.dev/docs/api-key for more information.")

export const sandboxNotFound = (sandboxID: string) => new ControlFailure(404, `Sandbox "${sandboxID}" not found`)

export const templateNotFound = (name: string) => new ControlFailure(404, `template '${name}' not found`)

export const buildNotFound = (buildID: string) => new ControlFailure(404, `Build '${buildID}' not found`)

/** The plan's limit of builds at once. The wording is ours. */
export const tooManyBuilds = (limit: number) =>
  new ControlFailure(429, `you have reached the maximum number of concurrent template builds (${limit})`)

export const noSuchRoute = () => new ControlFailure(404, "no matching operation was found")

export const notRunning = (sandboxID: string) => new ControlFailure(409, `Sandbox "${sandboxID}" is not running`)

/** The plan's limit of sandboxes at once: 429 without Retry-After. */
export const tooManySandboxes = (limit: number) =>
  new ControlFailure(
    429,
    `you have reached the maximum number of concurrent E2B sandboxes (${limit}). If you need more, please visit https://e2b.dev/dashboard`
  )

/** Too many calls: 429 with Retry-After in whole seconds, which the client's own retry needs. */
export const rateLimited = (limit: number, retryAfterSeconds: number) =>
  new ControlFailure(429, "Rate limit exceeded", {
    headers: {
      "Retry-After": String(retryAfterSeconds),
      "RateLimit-Limit": String(limit),
      "RateLimit-Remaining": "0",
      "RateLimit-Reset": String(retryAfterSeconds)
    }
  })

const placement = (status: number, errorCode: string, detail: string) =>
  new ControlFailure(status, `Failed to place sandbox${detail}`, { errorCode })

/** Refusals that no state of this simulator brings about by itself; faults name them. */
export const namedFailures = {
  sandbox_capacity_unavailable: placement(
    503,
    "sandbox_capacity_unavailable",
    ": not enough capacity for the requested resources right now, please retry shortly"
  ),
  sandbox_no_compatible_node: placement(
    503,
    "sandbox_no_compatible_node",
    ": no compatible node for this template's requirements"
  ),
  sandbox_placement_timeout: placement(
    504,
    "sandbox_placement_timeout",
    ": placement timed out after 3 attempt(s), please retry"
  ),
  sandbox_create_failed: placement(
    500,
    "sandbox_create_failed",
    ": sandbox creation failed on 3 node(s), please retry; if the problem persists, contact us"
  ),
  internal_server_error: placement(500, "internal_server_error", ""),
  concurrency_limited: tooManySandboxes(20),
  rate_limited: rateLimited(5, 1),
  unauthorized: invalidApiKey(),
  /** A state change is in progress. */
  being_killed: new ControlFailure(409, 'Sandbox "unknown" is being killed'),
  /** What the proxy in front of a sandbox says, on any call to envd. */
  proxy_not_found: new ControlFailure(502, "The sandbox was not found", { more: { sandboxId: "unknown" } }),
  proxy_port_closed: new ControlFailure(502, "The sandbox is running but port is not open", { more: { port: 49_983 } }),
  proxy_transitioning: new ControlFailure(409, "The sandbox is transitioning"),
  proxy_too_many_connections: new ControlFailure(429, "too many concurrent incoming connections"),
  team_blocked: new ControlFailure(403, "Team is blocked: please contact support")
} as const satisfies Record<string, ControlFailure>

export type NamedFailure = keyof typeof namedFailures
