// The management API as the pages call it. Methods, paths, parameters and bodies have the types of the service's own
// contract, which is imported as types only: nothing of it is in the bundle, and what is sent is what the schemas encode.
import type * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import type * as Schema from "effect/Schema"
import type { Api } from "../../../src/http/api/Api.ts"
import { failureOf, unreachable } from "@/api/Failure.ts"
import { currentToken, refuse } from "@/api/Session.ts"

type Endpoint = typeof Api extends HttpApi.HttpApi<infer _Id, infer Groups> ? HttpApiGroup.Endpoints<Groups> : never

type RouteOf<E> = E extends { readonly method: infer M extends string; readonly path: infer P extends string }
  ? `${M} ${P}`
  : never

/** `GET /runner_requests/:id`, as the contract has it. */
export type Route = RouteOf<Endpoint>
type At<R extends Route, E = Endpoint> = E extends Endpoint ? (R extends RouteOf<E> ? E : never) : never

// The contract wraps every schema in a codec; what travels is what the schema inside encodes to.
type Wire<S> = S extends Schema.toCodecJson<infer Inner> | Schema.toCodecStringTree<infer Inner>
  ? Inner["Encoded"]
  : S extends { readonly Encoded: infer E }
    ? E
    : never
type Answered<S> = S extends HttpApiSchema.WithHeaders<infer Inner, infer _Headers> ? Wire<Inner> : Wire<S>
type Part<Name extends string, S> = [S] extends [never] ? object : { readonly [K in Name]: Wire<S> }

type Input<E> = Part<"params", HttpApiEndpoint.Params<E>> &
  Partial<Part<"query", HttpApiEndpoint.Query<E>>> &
  Part<"payload", HttpApiEndpoint.Payload<E>> & {
    readonly headers?: Readonly<Record<string, string>>
    readonly signal?: AbortSignal
  }

/** The body that the service answers with. */
export type Body<R extends Route> = Answered<HttpApiEndpoint.Success<At<R>>>

/** The body that the service takes. */
export type Sent<R extends Route> = Wire<HttpApiEndpoint.Payload<At<R>>>

export interface Answer<T> {
  readonly body: T
  readonly headers: Headers
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly payload?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const addressOf = (path: string, { params = {}, query = {} }: AnyInput): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one))
  }
  const place = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""))
  return search.size === 0 ? place : `${place}?${search}`
}

/** Sends a call and gives the answer back as it came, refusals excepted: they reject with a `Failure`. */
export const open = async (route: string, input: AnyInput): Promise<Response> => {
  const [method = "GET", path = "/"] = route.split(" ")
  const token = currentToken()
  const response = await fetch(addressOf(path, input), {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(input.payload === undefined ? {} : { "content-type": "application/json" }),
      ...input.headers
    },
    ...(input.payload === undefined ? {} : { body: JSON.stringify(input.payload) }),
    ...(input.signal === undefined ? {} : { signal: input.signal })
  }).catch((error: unknown) => {
    throw input.signal?.aborted === true ? error : unreachable()
  })
  if (response.ok) return response
  const failure = await failureOf(response)
  if (response.status === 401) refuse(token)
  throw failure
}

/** One call of the API. Rejects with a `Failure`; a 401 asks for the token again. */
export const call = async <R extends Route>(route: R, input: Input<At<R>>): Promise<Answer<Body<R>>> => {
  const response = await open(route, input as AnyInput)
  const isJson = response.headers.get("content-type")?.includes("json") ?? false
  const body = (isJson ? await response.json() : await response.text()) as Body<R>
  return { body, headers: response.headers }
}
