import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { accessToken, apiKey, sandboxesAt, withStub } from "./SandboxFixture.ts"
import { json, type StubHandler, stubServer } from "./StubServer.ts"

const answering =
  (status: number, body: unknown, headers: Record<string, string> = {}): StubHandler =>
  (_request, response) =>
    json(response, status, body, headers)

const created = { sandboxID: "i1", templateID: "t", envdVersion: "0.6.13", envdAccessToken: accessToken, domain: null }
const listed = (sandboxID: string) => ({
  sandboxID,
  templateID: "tpl",
  clientID: "c",
  metadata: { app: "runnerd" },
  startedAt: "2026-01-01T00:00:00Z",
  endAt: "2026-01-01T01:00:00.5Z",
  state: "running",
  cpuCount: 2,
  memoryMB: 512,
  diskSizeMB: 1,
  envdVersion: "0.6.13"
})
const request = { template: "gh-runner", timeoutSeconds: 3600, metadata: { app: "runnerd", request: "7" } }

describe("create", () => {
  it.effect("asks for a sandbox that ends with its time, reaches the internet and is not reachable from it", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(answering(201, created))
      const access = yield* sandboxes.create(request)
      assert.deepStrictEqual(access.sandboxId, "i1")
      assert.deepStrictEqual(Redacted.value(access.envdAccessToken!), accessToken)
      assert.deepStrictEqual(access.domain, undefined)
      assert.deepStrictEqual(server.requests[0]?.path, "/v2/sandboxes")
      assert.deepStrictEqual(server.requests[0]?.headers["x-api-key"], apiKey)
      assert.deepStrictEqual(JSON.parse(server.requests[0]?.body ?? ""), {
        templateID: "gh-runner",
        timeout: 3600,
        metadata: { app: "runnerd", request: "7" },
        autoPause: false,
        allow_internet_access: true,
        network: { allowPublicTraffic: false }
      })
    })
  )

  it.effect.each([
    [0, 1],
    [0.2, 1],
    [59.01, 60],
    [1e12, 2_147_483_647]
  ])("E-103: a life of %d seconds is asked for as %d", ([seconds, sent]) =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(answering(201, created))
      yield* sandboxes.create({ ...request, timeoutSeconds: seconds! })
      assert.deepStrictEqual((JSON.parse(server.requests[0]?.body ?? "") as { timeout: number }).timeout, sent)
    })
  )

  const failures: ReadonlyArray<readonly [string, number, unknown, Record<string, string>, string]> = [
    [
      "no capacity",
      503,
      {
        code: 503,
        message: "Failed to place sandbox: not enough capacity",
        error_code: "sandbox_capacity_unavailable"
      },
      {},
      "PlacementFailed"
    ],
    [
      "a placement that timed out",
      504,
      { code: 504, message: "x", error_code: "sandbox_placement_timeout" },
      {},
      "PlacementFailed"
    ],
    [
      "a placement that failed on all nodes",
      500,
      { code: 500, message: "x", error_code: "sandbox_create_failed" },
      {},
      "PlacementFailed"
    ],
    [
      "a failed placement told by text alone",
      500,
      { code: 500, message: "Failed to place sandbox" },
      {},
      "PlacementFailed"
    ],
    [
      "no compatible node",
      503,
      { code: 503, message: "Failed to place sandbox: no compatible node", error_code: "sandbox_no_compatible_node" },
      {},
      "NoCompatibleNode"
    ],
    ["429 without Retry-After", 429, { code: 429, message: "maximum number of concurrent" }, {}, "ConcurrencyLimited"],
    ["429 with Retry-After", 429, { code: 429, message: "Rate limit exceeded" }, { "retry-after": "7" }, "RateLimited"],
    ["400", 400, { code: 400, message: "Timeout cannot be greater than 1 hours" }, {}, "BadRequest"],
    ["401", 401, { code: 401, message: "Invalid API key" }, {}, "Unauthorized"],
    ["403", 403, { code: 403, message: "blocked" }, {}, "Forbidden"],
    ["404", 404, { code: 404, message: "template 'x' not found" }, {}, "TemplateUnusable"],
    ["409", 409, { code: 409, message: "busy" }, {}, "Conflict"],
    ["408", 408, { code: 408, message: "slow" }, {}, "Unavailable"],
    ["any other 500", 500, { code: 500, message: "Internal" }, {}, "Unavailable"],
    ["a 502 of a proxy in HTML", 502, "<html>", {}, "Unavailable"],
    ["a success without an id", 201, { envdVersion: "1" }, {}, "MalformedAnswer"]
  ]
  it.effect.each(failures)("%s becomes its reason", ([, status, body, headers, reason]) =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(answering(status, body, headers))
      const error = yield* Effect.flip(sandboxes.create(request))
      assert.deepStrictEqual([error._tag, error.operation, error.reason._tag], ["SandboxError", "create", reason])
      assert.deepStrictEqual(server.requests.length, 1, "the SDK must not repeat")
      if (error.reason._tag === "RateLimited") assert.deepStrictEqual(error.reason.retryAfterSeconds, 7)
    })
  )

  it.effect("no detail holds the API key or is longer than 500 characters", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(answering(400, { code: 400, message: `${apiKey} ${"x".repeat(2000)}` }))
      const error = yield* Effect.flip(sandboxes.create(request))
      assert.isTrue(error.reason._tag === "BadRequest" && error.reason.detail.length <= 500)
      assert.notInclude(JSON.stringify(error), apiKey)
    })
  )

  it.effect("a malformed answer is described by places, never by the values there", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(answering(201, { sandboxID: "i1", envdAccessToken: [accessToken] }))
      const error = yield* Effect.flip(sandboxes.create(request))
      const text = JSON.stringify(error)
      assert.include(text, "envdVersion")
      assert.include(text, "envdAccessToken")
      assert.notInclude(text, accessToken)
    })
  )

  it.effect("a create without an answer is TimedOut after its own limit, and the connection is given up", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(() => undefined)
      const fiber = yield* Effect.forkChild(Effect.flip(sandboxes.create(request)))
      yield* server.arrived
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      yield* server.clientGone
    })
  )

  it.effect("a connection that breaks before the answer is ConnectionFailed", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub((_request, response) => response.destroy())
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.create(request))).reason._tag, "ConnectionFailed")
    })
  )

  it.effect("a refused connection is ConnectionFailed and says so", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(stubServer(() => undefined))
      const sandboxes = yield* sandboxesAt(url)
      const error = yield* Effect.flip(sandboxes.create(request))
      assert.isTrue(error.reason._tag === "ConnectionFailed" && error.reason.detail.includes("ECONNREFUSED"))
    })
  )
})

describe("the rest of the control API", () => {
  it.effect("list follows all pages, asks for every state, and encodes the filter as E2B decodes it", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub((request, response) =>
        request.query.get("nextToken") === null
          ? json(response, 200, [listed("i1"), listed("i2")], { "x-next-token": "n1" })
          : json(response, 200, [listed("i3")])
      )
      const found = yield* sandboxes.list({ app: "runnerd", repo: "o/r & s" })
      assert.deepStrictEqual(
        found.map((one) => one.sandboxId),
        ["i1", "i2", "i3"]
      )
      assert.deepStrictEqual(found[0]?.endAt, DateTime.makeUnsafe("2026-01-01T01:00:00.500Z"))
      const query = server.requests[1]?.query
      assert.deepStrictEqual([query?.get("nextToken"), query?.get("state")], ["n1", "running,paused"])
      const decoded = [...new URLSearchParams(query?.get("metadata") ?? "")].map(([key, value]) => [
        decodeURIComponent(key),
        decodeURIComponent(value)
      ])
      assert.deepStrictEqual(decoded, [
        ["app", "runnerd"],
        ["repo", "o/r & s"]
      ])
    })
  )

  it.effect("a server that repeats its page token does not keep us for ever", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(answering(200, [listed("i1")], { "x-next-token": "same" }))
      yield* sandboxes.list({})
      assert.deepStrictEqual(server.requests.length, 2)
    })
  )

  it.effect("get gives what it takes to talk to the sandbox", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(
        answering(200, { ...listed("i1"), envdAccessToken: accessToken, domain: "d" })
      )
      const found = yield* sandboxes.get("i1")
      assert.deepStrictEqual([found.sandboxId, found.domain, found.state], ["i1", "d", "running"])
      assert.deepStrictEqual(Redacted.value(found.envdAccessToken!), accessToken)
    })
  )

  it.effect("a sandbox that E2B does not know is SandboxGone, killing it is false, prolonging it SandboxGone", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(answering(404, { code: 404, message: "not found" }))
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.get("i1"))).reason._tag, "SandboxGone")
      assert.isFalse(yield* sandboxes.kill("i1"))
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.setTimeout("i1", 5))).reason._tag, "SandboxGone")
    })
  )

  it.effect("a 404 that is not E2B's buries no sandbox", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(answering(404, { message: "no such route" }))
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.get("i1"))).reason._tag, "MalformedAnswer")
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.kill("i1"))).reason._tag, "MalformedAnswer")
    })
  )

  it.effect("prolonging sends whole seconds; calls other than create never meet the concurrency limit", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub((request, response) =>
        request.method === "POST"
          ? response.writeHead(204).end()
          : json(response, 429, { code: 429, message: "slow down" })
      )
      yield* sandboxes.setTimeout("i1", 59.5)
      assert.deepStrictEqual(
        [server.requests[0]?.path, server.requests[0]?.body],
        ["/sandboxes/i1/timeout", '{"timeout":60}']
      )
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.list({}))).reason._tag, "RateLimited")
    })
  )
})
