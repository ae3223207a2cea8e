// The HTTP side: one request in, one answer out.
//
// Answers for: reading and bounding bodies, finding the route, authentication, limits and faults in GitHub's order, error
// bodies, GitHub's headers, counting. Not for what a route does (the *Routes.ts files).
import type { IncomingMessage, ServerResponse } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import { notFound, Refused } from "../machine/Refused.ts"
import type { Authentication, Principal } from "./Authentication.ts"
import type { Faults } from "./Faults.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Answer, Call, Route, RouteTable } from "./Route.ts"

const maxBodyBytes = 25 * 1024 * 1024
const documentation = "https://docs.github.com/rest"

export interface RestServerParts {
  readonly routes: RouteTable
  readonly auth: Authentication
  readonly rateLimits: RateLimits
  readonly faults: Faults
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
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown
  } catch {
    throw new Refused(400, "Problems parsing JSON")
  }
}

const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

const refusal = (error: unknown): Answer => {
  const refused = error instanceof Refused ? error : new Refused(500, `simulator error: ${String(error)}`)
  const body = { message: refused.message, documentation_url: documentation, status: String(refused.status) }
  return { status: refused.status, body, headers: refused.headers }
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
    let answer: Answer | null
    try {
      const body = await readBody(request)
      if (matched === null) throw notFound()
      const { route, params } = matched
      const headers = request.headers as Readonly<Record<string, string | undefined>>
      const onClose = (action: () => void) => void response.once("close", action)
      const base = { params, query: url.searchParams, headers, body, url, onClose }
      answer =
        route.internal === true
          ? await route.handle({ ...base, principal: { kind: "anonymous" } })
          : await this.#rest(route, base, extra)
    } catch (error) {
      answer = refusal(error)
    }
    if (matched !== null && matched.route.internal !== true) {
      const key = `${matched.route.method} ${matched.route.path}`
      count(this.#parts.restCalls, key)
      count(this.#parts.restStatuses, `${key} ${answer?.status ?? "reset"}`)
    }
    if (answer === null) request.socket.resetAndDestroy()
    else this.#write(response, answer, extra)
  }

  /** Null: the connection is to be reset. */
  async #rest(route: Route, base: Omit<Call, "principal">, extra: Record<string, string>): Promise<Answer | null> {
    const { auth, faults, rateLimits } = this.#parts
    const fault = faults.of(route)
    if (fault?.latencyMillis !== undefined) await delay(fault.latencyMillis)
    const broken: Answer | null | undefined =
      fault?.reset === true
        ? null
        : fault?.status === undefined
          ? undefined
          : {
              status: fault.status,
              body: fault.body,
              ...(fault.headers === undefined ? {} : { headers: fault.headers })
            }
    if (broken !== undefined && fault?.afterEffect !== true) return broken
    const principal: Principal = auth.identify(base.headers["authorization"])
    Object.assign(extra, rateLimits.spend(principal, route.operation, route.method))
    auth.authorize(route, principal)
    const answer = await route.handle({ ...base, principal })
    return broken === undefined ? answer : broken
  }

  #write(response: ServerResponse, answer: Answer, extra: Readonly<Record<string, string>>): void {
    const text =
      answer.body === undefined ? "" : typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body)
    const type = typeof answer.body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8"
    response.writeHead(answer.status, {
      Server: "github.com",
      "X-GitHub-Media-Type": "github.v3; format=json",
      "x-github-api-version-selected": "2022-11-28",
      "X-GitHub-Request-Id": this.#parts.requestId(),
      ...extra,
      ...(answer.body === undefined ? {} : { "Content-Type": type }),
      ...(answer.status === 204 ? {} : { "Content-Length": String(Buffer.byteLength(text)) }),
      ...answer.headers
    })
    response.end(answer.status === 204 ? undefined : text)
  }
}
