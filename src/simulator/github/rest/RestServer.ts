// The HTTP side: one request in, one answer out.
//
// Answers for: reading and bounding bodies, finding the route, authentication, limits and faults in GitHub's order, error
// bodies, GitHub's headers, counting. Not for what a route does (the *Routes.ts files).
import type { IncomingMessage, ServerResponse } from "node:http"
import { STATUS_CODES } from "node:http"
import { createHash } from "node:crypto"
import type { FaultAnswer } from "../../misbehaviour/Fault.ts"
import { FaultRefused } from "../../misbehaviour/Fault.ts"
import type { Faults } from "../../misbehaviour/Faults.ts"
import { brokenOff, misbehave } from "../../misbehaviour/Misbehave.ts"
import type { SimulatorClock } from "../Environment.ts"
import { notFound, Refused } from "../machine/Refused.ts"
import type { Authentication } from "./Authentication.ts"
import { namedFailure } from "./NamedFailures.ts"
import type { Principal } from "./Principal.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Answer, Call, Route, RouteTable } from "./Route.ts"

const maxBodyBytes = 25 * 1024 * 1024
const documentation = "https://docs.github.com/rest"

export interface RestServerParts {
  readonly routes: RouteTable
  readonly auth: Authentication
  readonly rateLimits: RateLimits
  readonly faults: Faults
  readonly clock: SimulatorClock
  readonly restCalls: Map<string, number>
  readonly restStatuses: Map<string, number>
  readonly requestId: () => string
}

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw new Refused(413, "Payload too large")
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  const text = Buffer.concat(chunks).toString("utf8")
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true
  if (isForm) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Refused(400, "Problems parsing JSON")
  }
}

const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

const refusal = (error: unknown): Answer => {
  const refused =
    error instanceof Refused
      ? error
      : error instanceof FaultRefused
        ? new Refused(422, error.message)
        : new Refused(500, `simulator error: ${String(error)}`)
  const body = { message: refused.message, documentation_url: documentation, status: String(refused.status) }
  return { status: refused.status, body, headers: refused.headers }
}

/** Weak, as GitHub's are: equal for equal content. */
const etagOf = (answer: Answer): string =>
  `W/"${createHash("sha256").update(JSON.stringify(answer.body)).digest("hex")}"`

const asksFor = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && ifNoneMatch.split(",").some((each) => each.trim() === etag)

const jsonType = { "Content-Type": "application/json; charset=utf-8" }

const isBodiless = (status: number) => status === 204 || status === 304

const spoilt = (answer: Exclude<FaultAnswer, "reset">, real: Answer | undefined, now: number): Answer => {
  if (answer === "malformed") return { status: real?.status ?? 200, headers: jsonType, body: brokenOff(real?.body) }
  // Nothing of GitHub's is a stream; the vocabulary refuses such faults.
  if ("stream" in answer) return real ?? { status: 500 }
  if ("failure" in answer) return namedFailure(answer.failure, now)
  const { status, headers = {} } = answer
  return { status, headers, body: "body" in answer ? answer.body : { message: STATUS_CODES[status] ?? "unknown" } }
}

export class RestServer {
  readonly #parts: RestServerParts

  constructor(parts: RestServerParts) {
    this.#parts = parts
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    this.#serve(request, response).catch((error: unknown) => {
      // The client went away in the middle of its request.
      if (!response.headersSent && !response.destroyed) this.#write(response, refusal(error), {})
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost")
    const matched = this.#parts.routes.match(request.method ?? "GET", url.pathname)
    const extra: Record<string, string> = {}
    let answer: Answer | undefined
    try {
      const body = await readBody(request)
      if (matched === null) throw notFound()
      const { route, params } = matched
      const headers = request.headers as Readonly<Record<string, string | undefined>>
      const onClose = (action: () => void) => void response.once("close", action)
      const base = { method: route.method, params, query: url.searchParams, headers, body, url, onClose }
      answer = await this.#answer(route, base, extra)
    } catch (error) {
      answer = refusal(error)
    }
    if (matched !== null && matched.route.internal === undefined) {
      const key = `${matched.route.method} ${matched.route.path}`
      count(this.#parts.restCalls, key)
      count(this.#parts.restStatuses, `${key} ${answer?.status ?? "reset"}`)
    }
    if (answer === undefined) request.socket.resetAndDestroy()
    else this.#write(response, answer, extra)
  }

  /** Undefined: the connection is to be reset. */
  async #answer(
    route: Route,
    base: Omit<Call, "principal">,
    extra: Record<string, string>
  ): Promise<Answer | undefined> {
    const { faults, clock } = this.#parts
    if (route.internal === "control") return route.handle({ ...base, principal: { kind: "anonymous" } })
    const names = [route.operation, `${route.method} ${route.path}`] as const
    const behave = () =>
      misbehave<Answer>({
        met: route.internal === "service" ? faults.takeNamed(...names) : faults.take(...names),
        wait: (millis) => new Promise((resolve) => void clock.schedule(millis, resolve)),
        effect: async () => {
          try {
            return await this.#effect(route, base, extra)
          } catch (error) {
            return refusal(error)
          }
        },
        spoil: (answer, real) => spoilt(answer, real, clock.now())
      })
    const caller = route.internal === undefined ? this.#callerOf(base) : undefined
    return caller === undefined ? behave() : this.#parts.rateLimits.during(caller, behave)
  }

  /** Undefined for credentials that GitHub does not know. */
  #callerOf(base: Omit<Call, "principal">): Principal | undefined {
    try {
      return this.#parts.auth.identify(base.headers["authorization"])
    } catch {
      return undefined
    }
  }

  async #effect(route: Route, base: Omit<Call, "principal">, extra: Record<string, string>): Promise<Answer> {
    const { auth, rateLimits } = this.#parts
    if (route.internal === "service") return route.handle({ ...base, principal: { kind: "anonymous" } })
    const principal: Principal = auth.identify(base.headers["authorization"])
    Object.assign(extra, rateLimits.spend(principal, route.operation, route.method))
    auth.authorize(route, principal)
    const answer = await route.handle({ ...base, principal })
    if (route.method !== "GET" || answer.status !== 200) return answer
    const etag = etagOf(answer)
    if (!asksFor(base.headers["if-none-match"], etag)) return { ...answer, headers: { ...answer.headers, ETag: etag } }
    Object.assign(extra, rateLimits.refund(principal))
    return { status: 304, headers: { ETag: etag } }
  }

  #write(response: ServerResponse, answer: Answer, extra: Readonly<Record<string, string>>): void {
    const text =
      answer.body === undefined ? "" : typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body)
    const type = typeof answer.body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8"
    response.writeHead(answer.status, {
      Server: "github.com",
      // GitHub's own clock: by this header clients find out that theirs is another.
      Date: new Date(this.#parts.clock.now()).toUTCString(),
      "X-GitHub-Media-Type": "github.v3; format=json",
      "x-github-api-version-selected": "2022-11-28",
      "X-GitHub-Request-Id": this.#parts.requestId(),
      ...extra,
      ...(answer.body === undefined ? {} : { "Content-Type": type }),
      ...(isBodiless(answer.status) ? {} : { "Content-Length": String(Buffer.byteLength(text)) }),
      ...answer.headers
    })
    response.end(isBodiless(answer.status) ? undefined : text)
  }
}
