// Sandboxes as E2B's control API sees them: create, list, get, kill, prolong.
//
// Answers for: what is sent and what is read of the answers.
// Gotchas: a create is not idempotent; `timeout` at the API is whole seconds; the metadata filter of the
// list is encoded once per key and value, once as a form and once more as a query parameter.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ControlCalls } from "./ControlCalls.ts"
import type { CreateSandbox, SandboxAccess, SandboxesOptions, SandboxSummary } from "./SandboxTypes.ts"

const Created = Schema.Struct({
  sandboxID: Schema.NonEmptyString,
  envdVersion: Schema.NonEmptyString,
  envdAccessToken: Schema.optional(Schema.NullOr(Schema.RedactedFromValue(Schema.String))),
  domain: Schema.optional(Schema.NullOr(Schema.String))
})

const Listed = Schema.Struct({
  sandboxID: Schema.NonEmptyString,
  templateID: Schema.String,
  metadata: Schema.optional(Schema.NullOr(Schema.Record(Schema.String, Schema.String))),
  startedAt: Schema.DateTimeUtcFromString,
  endAt: Schema.DateTimeUtcFromString,
  state: Schema.Literals(["running", "paused"])
})

const Detail = Schema.Struct({ ...Listed.fields, ...Created.fields })

const accessOf = (answer: typeof Created.Type): SandboxAccess => ({
  sandboxId: answer.sandboxID,
  envdVersion: answer.envdVersion,
  envdAccessToken: answer.envdAccessToken ?? undefined,
  domain: answer.domain ?? undefined
})

const summaryOf = (answer: typeof Listed.Type): SandboxSummary => ({
  sandboxId: answer.sandboxID,
  templateId: answer.templateID,
  metadata: answer.metadata ?? {},
  startedAt: answer.startedAt,
  endAt: answer.endAt,
  state: answer.state
})

/** E2B takes whole seconds as an int32 and refuses 0. */
const wholeSeconds = (seconds: number): number => Math.min(Math.max(Math.ceil(seconds), 1), 2_147_483_647)

const metadataFilter = (metadata: Readonly<Record<string, string>>): string =>
  new URLSearchParams(
    Object.entries(metadata).map(([key, value]): [string, string] => [
      encodeURIComponent(key),
      encodeURIComponent(value)
    ])
  ).toString()

const pageSize = 100

export const makeControlApi = (calls: ControlCalls, options: SandboxesOptions) => {
  const decodeCreated = calls.decode(Created, "create")
  const decodeList = calls.decode(Schema.Array(Listed), "list")
  const decodeDetail = calls.decode(Detail, "get")

  const create = Effect.fn("Sandboxes.create")(function* (request: CreateSandbox) {
    const answer = yield* calls.call(
      { operation: "create", template: request.template },
      options.createTimeout,
      (client, signal) =>
        client.POST("/v2/sandboxes", {
          body: {
            templateID: request.template,
            timeout: wholeSeconds(request.timeoutSeconds),
            metadata: { ...request.metadata },
            // A runner that was paused would resume stale: it ends with its time.
            autoPause: false,
            allow_internet_access: true,
            network: { allowPublicTraffic: false }
          },
          signal
        })
    )
    return accessOf(yield* decodeCreated(answer.data))
  })

  const page = Effect.fnUntraced(function* (filter: string, token: string | null) {
    const answer = yield* calls.call({ operation: "list" }, options.callTimeout, (client, signal) =>
      client.GET("/v2/sandboxes", {
        params: {
          query: {
            state: ["running", "paused"],
            limit: pageSize,
            ...(filter === "" ? {} : { metadata: filter }),
            ...(token === null ? {} : { nextToken: token })
          }
        },
        signal
      })
    )
    const next = answer.response.headers.get("x-next-token") ?? ""
    // A server that repeats its token would keep us here for ever.
    return { found: yield* decodeList(answer.data), next: next === "" || next === token ? null : next }
  })

  const list = Effect.fn("Sandboxes.list")(function* (metadata: Readonly<Record<string, string>>) {
    const filter = metadataFilter(metadata)
    const all: Array<SandboxSummary> = []
    let token: string | null = null
    do {
      const result: Effect.Success<ReturnType<typeof page>> = yield* page(filter, token)
      all.push(...result.found.map(summaryOf))
      token = result.next
    } while (token !== null)
    return all
  })

  const get = Effect.fn("Sandboxes.get")(function* (sandboxId: string) {
    const answer = yield* calls.call({ operation: "get", sandboxId }, options.callTimeout, (client, signal) =>
      client.GET("/sandboxes/{sandboxID}", { params: { path: { sandboxID: sandboxId } }, signal })
    )
    const detail = yield* decodeDetail(answer.data)
    return { ...summaryOf(detail), ...accessOf(detail) }
  })

  const kill = Effect.fn("Sandboxes.kill")(
    function* (sandboxId: string) {
      yield* calls.call({ operation: "kill", sandboxId }, options.callTimeout, (client, signal) =>
        client.DELETE("/sandboxes/{sandboxID}", { params: { path: { sandboxID: sandboxId } }, signal })
      )
      return true
    },
    Effect.catchReason("SandboxError", "SandboxGone", () => Effect.succeed(false))
  )

  const setTimeout = Effect.fn("Sandboxes.setTimeout")(function* (sandboxId: string, seconds: number) {
    yield* calls.call({ operation: "setTimeout", sandboxId }, options.callTimeout, (client, signal) =>
      client.POST("/sandboxes/{sandboxID}/timeout", {
        params: { path: { sandboxID: sandboxId } },
        body: { timeout: wholeSeconds(seconds) },
        signal
      })
    )
  })

  return { create, list, get, kill, setTimeout }
}
