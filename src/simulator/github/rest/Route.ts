// What a REST call is to the simulator: a route, its arguments, its answer.
//
// Answers for: the types, matching a path against GitHub's templates (`/repos/{owner}/{repo}/…`), and reading JSON bodies.
import type { Refused } from "../machine/Refused.ts"
import { Refused as RefusedCall } from "../machine/Refused.ts"
import type { Principal } from "./Principal.ts"

export interface Call {
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The decoded JSON body; undefined when there was none. */
  readonly body: unknown
  readonly principal: Principal
  /** Path and query as sent. */
  readonly url: URL
  /** Runs when the client has closed the connection or the answer is out. */
  readonly onClose: (action: () => void) => void
}

export interface Answer {
  readonly status: number
  /** Sent as JSON; a string as plain text; undefined: no body. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly method: string
  /** GitHub's path template. */
  readonly path: string
  /** The operation's id in GitHub's OpenAPI description where it has one. */
  readonly operation: string
  /** What an installation token must have been granted. */
  readonly permission?: readonly [name: string, level: "read" | "write"]
  /** True for what GitHub shows to callers without credentials, too. */
  readonly public?: boolean
  /** True for the calls that GitHub answers to the App's own JWT only. */
  readonly appOnly?: boolean
  /**
   * No part of GitHub's API: no limits, not counted. A `service` (what runners talk to, where logs are) meets faults that
   * name it, the control interface none.
   */
  readonly internal?: "service" | "control"
  readonly handle: (call: Call) => Answer | Promise<Answer>
}

const byName = "/repos/{owner}/{repo}"

/** What is served for a repository by its name is served by its number too. */
const pattern = (path: string): RegExp => {
  const source = (template: string) => template.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")
  if (!path.startsWith(byName)) return new RegExp(`^${source(path)}$`)
  const rest = source(path.slice(byName.length))
  return new RegExp(`^(?:/repos/(?<owner>[^/]+)/(?<repo>[^/]+)|/repositories/(?<repository_id>\\d+))${rest}$`)
}

export class RouteTable {
  readonly #routes: Array<{ readonly route: Route; readonly pattern: RegExp }>

  constructor(routes: ReadonlyArray<Route>) {
    this.#routes = routes.map((route) => ({ route, pattern: pattern(route.path) }))
  }

  /** All names by which a fault may mean a route: its operation, and method with path template. */
  operations(): ReadonlySet<string> {
    const routes = this.#routes.map(({ route }) => route).filter((route) => route.internal !== "control")
    return new Set(routes.flatMap((route) => [route.operation, `${route.method} ${route.path}`]))
  }

  match(method: string, path: string): { readonly route: Route; readonly params: Record<string, string> } | null {
    for (const { route, pattern } of this.#routes) {
      if (route.method !== method) continue
      const match = pattern.exec(path)
      if (match === null) continue
      const params: Record<string, string> = {}
      for (const [key, value] of Object.entries(match.groups ?? {})) {
        // The groups of the branch that was not taken are undefined, whatever the type says.
        if ((value as string | undefined) !== undefined) params[key] = decodeURIComponent(value)
      }
      return { route, params }
    }
    return null
  }
}

/** The body as an object. 422 when it is something else. */
export const objectBody = (call: Call): Readonly<Record<string, unknown>> => {
  const body = call.body ?? {}
  if (typeof body !== "object" || Array.isArray(body)) throw invalid("the body is not an object.")
  return body as Record<string, unknown>
}

export const invalid = (detail: string): Refused => new RefusedCall(422, `Invalid request.\n\n${detail}`)

/** A path parameter that must be a number. 404 when it is none. */
export const numberParam = (call: Call, name: string): number => {
  const value = Number(call.params[name])
  if (!Number.isSafeInteger(value)) throw new RefusedCall(404, "Not Found")
  return value
}

export const param = (call: Call, name: string): string => call.params[name] ?? ""
