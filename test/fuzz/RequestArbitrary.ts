// Requests derived from the document: each of its operations, with parameters, headers and bodies that fit or do not; now and
// then by another method, with another content type, with a token that is not enough, or to an address that is no address.
import * as fc from "fast-check"
import { type Parameter, type Route, routes } from "./ApiDocument.ts"
import { bodiesOf, parametersOf } from "./SchemaArbitrary.ts"

export const tokens = { admin: "admin-token", operator: "operator-token-2", viewer: "viewer-token-2" }

export interface FuzzedRequest {
  /** The operation that it was derived from. */
  readonly route: Route
  readonly method: string
  /** What is sent as the address; printable ASCII. */
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Whether the address can only be that of the route. */
  readonly straight: boolean
}

const rarely = <A>(usual: fc.Arbitrary<A>, odd: fc.Arbitrary<A>, weight = 20): fc.Arbitrary<A> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd })

const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** What Node sends in a header as it is. */
const inHeader = (text: string) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?")

/** A segment that names another route, or none at all, leaves the operation. */
const isStraight = (segment: string) => !/^(\.{0,2}|stream|match|dry_run)$/.test(segment)

const given = (parameters: ReadonlyArray<Parameter>) =>
  fc
    .tuple(
      ...parameters.map((parameter) =>
        fc
          .tuple(parametersOf(parameter), fc.boolean())
          .map(([values, skip]) =>
            skip && !parameter.required ? [] : values.map((value) => [parameter.name, value] as const)
          )
      )
    )
    .map((all) => all.flat())

const addresses = (route: Route) => {
  const { parameters } = route.operation
  const inPath = parameters.filter((each) => each.in === "path")
  const inQuery = parameters.filter((each) => each.in === "query")
  return fc.tuple(given(inPath), given(inQuery)).map(([segments, query]) => {
    const path = segments.reduce((text, [name, value]) => text.replace(`{${name}}`, () => encoded(value)), route.path)
    const search = query.map(([name, value]) => `${name}=${encoded(value)}`).join("&")
    return {
      address: search === "" ? path : `${path}?${search}`,
      straight: segments.every(([, value]) => isStraight(value))
    }
  })
}

const oddAddress = fc
  .tuple(
    fc.constantFrom(
      "/",
      "//",
      "/runner_requests/",
      "/runner_specs//",
      "/%zz",
      "/%",
      "/%c0%af",
      "/runner_specs/%00",
      "/;",
      "/*"
    ),
    fc.string({ unit: "grapheme-ascii", maxLength: 8 })
  )
  .map(([start, rest]) => ({ address: `${start}${rest.replaceAll(/[^\x21-\x7e]|#/g, "-")}`, straight: false }))

const otherMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]

const contentTypes = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "nonsense",
  ""
]

const authorizations = fc.constantFrom(
  `Bearer ${tokens.viewer}`,
  `Bearer ${tokens.operator}`,
  "Bearer",
  "Basic YWRtaW46YWRtaW4=",
  "",
  undefined
)

const requestsOf = (route: Route): fc.Arbitrary<FuzzedRequest> => {
  const { requestBody, parameters } = route.operation
  const body = requestBody === undefined ? undefined : requestBody.content["application/json"].schema
  return fc
    .record({
      method: rarely(fc.constant(route.method), fc.constantFrom(...otherMethods)),
      at: rarely(addresses(route), oddAddress),
      headers: given(parameters.filter((each) => each.in === "header")),
      body: rarely<string | undefined>(
        body === undefined ? fc.constant(undefined) : bodiesOf(body),
        fc.oneof(fc.constant(undefined), fc.string(), fc.constant(`"${"x".repeat(1024 * 1024)}"`)),
        40
      ),
      contentType: rarely(fc.constant("application/json"), fc.constantFrom(...contentTypes)),
      authorization: rarely<string | undefined>(fc.constant(`Bearer ${tokens.admin}`), authorizations, 12)
    })
    .map(({ at, authorization, body, contentType, headers, method }) => ({
      route,
      method,
      ...at,
      headers: Object.fromEntries([
        ...headers.map(([name, value]) => [name, inHeader(value)] as const),
        ...(body === undefined || contentType === "" ? [] : [["content-type", contentType] as const]),
        ...(authorization === undefined ? [] : [["authorization", authorization] as const])
      ]),
      body
    }))
}

export const fuzzedRequests = fc.oneof(...routes.map(requestsOf))
