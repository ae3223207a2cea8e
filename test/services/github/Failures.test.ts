import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { json, type StubHandler, stubServer } from "../sandbox/StubServer.ts"
import { gitHubAt, job, pat, tokenAuth, withStub } from "./GitHubFixture.ts"

const answering =
  (status: number, message: string, headers: Record<string, string> = {}): StubHandler =>
  (_request, response) =>
    json(response, status, { message, documentation_url: "https://docs.github.com/rest" }, headers)

const rate = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000000" }

describe("an answer that is no success", () => {
  const failures: ReadonlyArray<readonly [string, StubHandler, Record<string, unknown>]> = [
    [
      "a used-up hourly limit (403)",
      answering(403, "API rate limit exceeded", rate),
      { _tag: "PrimaryRateLimited", resetAtMillis: 1_700_000_000_000 }
    ],
    ["a used-up hourly limit (429)", answering(429, "API rate limit exceeded", rate), { _tag: "PrimaryRateLimited" }],
    [
      "a secondary limit by Retry-After",
      answering(403, "slow", { "retry-after": "31" }),
      { _tag: "SecondaryRateLimited", retryAfterSeconds: 31 }
    ],
    [
      "a secondary limit by its message",
      answering(403, "You have exceeded a secondary rate limit"),
      { _tag: "SecondaryRateLimited" }
    ],
    ["a 429 without a hint", answering(429, "too many"), { _tag: "SecondaryRateLimited" }],
    [
      "a missing permission",
      answering(403, "Resource not accessible", {
        "x-accepted-github-permissions": "actions=read",
        "x-ratelimit-remaining": "4000"
      }),
      { _tag: "Forbidden", acceptedPermissions: "actions=read" }
    ],
    ["401", answering(401, "Bad credentials"), { _tag: "Unauthorized" }],
    ["404", answering(404, "Not Found"), { _tag: "NotFound" }],
    ["400", answering(400, "Problems parsing JSON"), { _tag: "Rejected", status: 400 }],
    ["422", answering(422, "Validation Failed"), { _tag: "Rejected", status: 422 }],
    ["408", answering(408, "slow"), { _tag: "Unavailable", status: 408 }],
    ["409", answering(409, "conflict"), { _tag: "Unavailable", status: 409 }],
    ["500", answering(500, "boom"), { _tag: "Unavailable", status: 500 }],
    [
      "502 with an empty page",
      (_request, response) => response.writeHead(502, { "content-type": "text/html" }).end(),
      { _tag: "Unavailable", status: 502 }
    ],
    ["a broken connection", (_request, response) => response.destroy(), { _tag: "ConnectionFailed" }],
    [
      "a success that is no JSON",
      (_request, response) => response.writeHead(200, { "content-type": "application/json" }).end("{"),
      { _tag: "MalformedAnswer" }
    ],
    [
      "a success without what it must hold",
      (_request, response) => json(response, 200, { id: 1 }),
      { _tag: "MalformedAnswer" }
    ]
  ]
  it.effect.each(failures)("%s becomes its reason, after one call", ([, handler, reason]) =>
    Effect.gen(function* () {
      const { calls, github, server } = yield* withStub(handler)
      const error = yield* Effect.flip(github.getJob("o/r", 1))
      assert.deepStrictEqual([error._tag, error.operation], ["GitHubError", "getJob"])
      assert.deepInclude(error.reason, reason)
      assert.deepStrictEqual(server.requests.length, 1)
      assert.deepStrictEqual(
        calls.map((call) => call.operation),
        ["getJob"]
      )
    })
  )

  it.effect("a refused connection is ConnectionFailed, not the 500 that Octokit makes of it", () =>
    Effect.gen(function* () {
      const { url } = yield* Effect.scoped(stubServer(() => undefined))
      const { github } = yield* gitHubAt(url, tokenAuth)
      const error = yield* Effect.flip(github.getJob("o/r", 1))
      assert.isTrue(error.reason._tag === "ConnectionFailed" && error.reason.detail.includes("ECONNREFUSED"))
    })
  )

  it.effect("no answer in time is TimedOut, and the connection is given up", () =>
    Effect.gen(function* () {
      const { calls, github, server } = yield* withStub(() => undefined)
      const fiber = yield* Effect.forkChild(Effect.flip(github.getJob("o/r", 1)))
      yield* server.arrived
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      assert.deepStrictEqual(calls, [
        { operation: "getJob", durationMillis: 20_000, unchanged: false, failure: "TimedOut" }
      ])
      yield* server.clientGone
    })
  )

  it.effect("no detail holds the token", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub(answering(422, `bad token ${pat}`))
      assert.notInclude(JSON.stringify(yield* Effect.flip(github.getJob("o/r", 1))), pat)
    })
  )

  it.effect.each(["", "lonely", "o/", "/r", "a/b/c"])("E-90: %j names no repository, and GitHub is not asked", (name) =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub(answering(500, "never"))
      assert.deepStrictEqual((yield* Effect.flip(github.getJob(name, 1))).reason._tag, "Rejected")
      assert.deepStrictEqual(server.requests.length, 0)
    })
  )
})

describe("redirects after a repository was renamed", () => {
  it.effect("a read follows them", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub((request, response) =>
        request.path.startsWith("/repos/old/")
          ? response.writeHead(301, { location: "/repositories/9/actions/jobs/1" }).end()
          : json(response, 200, job(1))
      )
      assert.deepStrictEqual((yield* github.getJob("old/r", 1)).id, 1)
    })
  )

  it.effect.each([301, 307])("a write follows a %d as a write, with its body", (status) =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub((request, response) =>
        request.path.startsWith("/repos/")
          ? response.writeHead(status, { location: "/repositories/9/actions/runners/generate-jitconfig" }).end()
          : json(response, 201, { runner: { id: 4 }, encoded_jit_config: "x" })
      )
      const target = { _tag: "Repository", owner: "old", repository: "r" } as const
      yield* github.createJitConfig(target, { runnerName: "n", labels: ["a"], runnerGroup: null })
      const [first, second] = server.requests
      assert.deepStrictEqual(
        [second?.method, second?.path],
        ["POST", "/repositories/9/actions/runners/generate-jitconfig"]
      )
      assert.deepStrictEqual(second?.body, first?.body)
      assert.deepStrictEqual(second?.headers.authorization, `token ${pat}`)
    })
  )

  it.effect("to another server they are not followed with our credentials", () =>
    Effect.gen(function* () {
      const other = yield* stubServer((_request, response) => json(response, 201, {}))
      const { github } = yield* withStub((_request, response) =>
        response.writeHead(307, { location: `${other.url}/steal` }).end()
      )
      const target = { _tag: "Repository", owner: "o", repository: "r" } as const
      assert.deepStrictEqual(
        (yield* Effect.flip(github.registrationToken(target, null))).reason._tag,
        "MalformedAnswer"
      )
      assert.deepStrictEqual(other.requests.length, 0)
    })
  )
})
