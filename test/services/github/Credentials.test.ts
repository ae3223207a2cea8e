import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll, vi } from "vitest"
import { json, type StubHandler } from "../sandbox/StubServer.ts"
import { appAuth, freshId, job, makeApp, pat, withStub } from "./GitHubFixture.ts"

// Octokit repeats a 401 after 1 s, 2 s, … until the token is 5 s old before it believes it: here its clock runs ahead by
// what it wants to wait.
const realSetTimeout = globalThis.setTimeout
beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
  vi.spyOn(globalThis, "setTimeout").mockImplementation((run: (_: void) => void, millis = 0, ...rest: Array<void>) => {
    if (millis === 0 || millis % 1_000 !== 0 || millis > 5_000) return realSetTimeout(run, millis, ...rest)
    vi.setSystemTime(Date.now() + millis)
    return realSetTimeout(run, 0, ...rest)
  })
})
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const jobs: StubHandler = (request, response) => json(response, 200, job(Number(request.path.split("/").at(-1))))

describe("a token and basic authentication", () => {
  it.effect("the token goes with every call", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub(jobs)
      yield* github.getJob("o/r", 1)
      assert.deepStrictEqual(server.requests[0]?.headers.authorization, `token ${pat}`)
    })
  )

  it.effect("basic credentials go with every call", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub(jobs, {
        _tag: "Basic",
        username: "me",
        password: Redacted.make("pä:ss")
      })
      yield* github.getJob("o/r", 1)
      const expected = `Basic ${Buffer.from("me:pä:ss").toString("base64")}`
      assert.deepStrictEqual(server.requests[0]?.headers.authorization, expected)
    })
  )
})

describe("a GitHub App", () => {
  /** A stub whose App routes work and whose other routes need the right installation's newest token. */
  const appStub = Effect.fnUntraced(function* (installations: Map<string, number>, fixedInstallation?: number) {
    const app = makeApp(installations)
    const stub = yield* withStub((request, response) => {
      if (app.handle(request, response)) return
      const repository = /^\/repos\/([^/]+\/[^/]+)\//.exec(request.path)?.[1]?.toLowerCase() ?? ""
      const installation = installations.get(repository)
      if (installation === undefined) return json(response, 404, { message: "Not Found" })
      return request.headers.authorization === `token ${app.tokenOf(installation)}`
        ? jobs(request, response)
        : json(response, 404, { message: "Not Found" })
    }, appAuth(fixedInstallation))
    const paths = () => stub.server.requests.map((request) => `${request.method} ${request.path}`)
    return { ...stub, app, paths }
  })

  it.effect("E-90: the installation is looked up per repository, once, whatever the case of its name", () =>
    Effect.gen(function* () {
      const [first, second] = [freshId(), freshId()]
      const { github, paths } = yield* appStub(
        new Map([
          ["o/a", first],
          ["p/b", second]
        ])
      )
      yield* Effect.all([github.getJob("o/a", 1), github.getJob("o/a", 2), github.getJob("O/A", 3)], {
        concurrency: "unbounded"
      })
      yield* github.getJob("p/b", 4)
      const all = paths()
      assert.deepStrictEqual(
        all.filter((path) => path.endsWith("/installation")),
        ["GET /repos/o/a/installation", "GET /repos/p/b/installation"]
      )
      assert.deepStrictEqual(
        all.filter((path) => path.endsWith("/access_tokens")),
        [`POST /app/installations/${first}/access_tokens`, `POST /app/installations/${second}/access_tokens`]
      )
    })
  )

  it.effect("a configured installation is not looked up", () =>
    Effect.gen(function* () {
      const id = freshId()
      const { github, paths } = yield* appStub(new Map([["o/a", id]]), id)
      yield* github.getJob("o/a", 1)
      assert.deepStrictEqual(paths(), [`POST /app/installations/${id}/access_tokens`, "GET /repos/o/a/actions/jobs/1"])
    })
  )

  it.effect("a repository without the App is NotInstalled, and is asked about again the next time", () =>
    Effect.gen(function* () {
      const installations = new Map<string, number>()
      const { github } = yield* appStub(installations)
      const { reason } = yield* Effect.flip(github.getJob("o/a", 1))
      assert.isTrue(reason._tag === "NotInstalled" && reason.repository === "o/a")
      installations.set("o/a", freshId())
      assert.deepStrictEqual((yield* github.getJob("o/a", 1)).id, 1)
    })
  )

  it.effect("a configured installation that does not exist is NotInstalled", () =>
    Effect.gen(function* () {
      const { github } = yield* appStub(new Map(), freshId())
      assert.deepStrictEqual((yield* Effect.flip(github.getJob("o/a", 1))).reason._tag, "NotInstalled")
    })
  )

  it.effect("E-93: an App that was installed anew is found by the first call that its old token fails", () =>
    Effect.gen(function* () {
      const installations = new Map([["o/a", freshId()]])
      const { github, paths } = yield* appStub(installations)
      yield* github.getJob("o/a", 1)
      installations.set("o/a", freshId())
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual((yield* github.getJob("o/a", 2)).id, 2)
      assert.deepStrictEqual(paths().filter((path) => path.endsWith("/installation")).length, 2)
    })
  )

  it.effect("E-93: an App that was removed is NotInstalled", () =>
    Effect.gen(function* () {
      const installations = new Map([["o/a", freshId()]])
      const { github } = yield* appStub(installations)
      yield* github.getJob("o/a", 1)
      installations.delete("o/a")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual((yield* Effect.flip(github.getJob("o/a", 2))).reason._tag, "NotInstalled")
    })
  )

  it.effect("a thing that is just gone costs one look at the installation per minute at most", () =>
    Effect.gen(function* () {
      const id = freshId()
      const app = makeApp(new Map([["o/a", id]]))
      const { github, server } = yield* withStub((request, response) => {
        if (!app.handle(request, response)) json(response, 404, { message: "Not Found" })
      }, appAuth())
      const lookUps = () => server.requests.filter((request) => request.path.endsWith("/installation")).length
      for (let n = 0; n < 3; n++) {
        assert.deepStrictEqual((yield* Effect.flip(github.getJob("o/a", 1))).reason._tag, "NotFound")
      }
      assert.deepStrictEqual(lookUps(), 1)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual((yield* Effect.flip(github.getJob("o/a", 1))).reason._tag, "NotFound")
      assert.deepStrictEqual((yield* Effect.flip(github.getJob("o/a", 1))).reason._tag, "NotFound")
      assert.deepStrictEqual(lookUps(), 2)
    })
  )

  it.effect("E-93: a revoked token is replaced once; if GitHub goes on refusing, the call is Unauthorized", () =>
    Effect.gen(function* () {
      const id = freshId()
      const app = makeApp(new Map([["o/a", id]]))
      let revoked = ""
      let refuseAll = false
      const { github, server } = yield* withStub((request, response) => {
        if (app.handle(request, response)) return
        if (refuseAll || request.headers.authorization === revoked)
          return json(response, 401, { message: "Bad credentials" })
        return jobs(request, response)
      }, appAuth(id))
      yield* github.getJob("o/a", 1)
      revoked = `token ${app.tokenOf(id)}`
      assert.deepStrictEqual((yield* github.getJob("o/a", 2)).id, 2)
      refuseAll = true
      assert.deepStrictEqual((yield* Effect.flip(github.getJob("o/a", 3))).reason._tag, "Unauthorized")
      assert.deepStrictEqual(server.requests.filter((request) => request.path.endsWith("/access_tokens")).length, 3)
    })
  )

  it.effect("a private key that cannot be read is Unauthorized and says so without the key", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub(jobs, {
        _tag: "App",
        appId: 1,
        privateKey: Redacted.make("-----BEGIN RSA PRIVATE KEY-----\nbm9uc2Vuc2U=\n-----END RSA PRIVATE KEY-----"),
        installationId: freshId()
      })
      const { reason } = yield* Effect.flip(github.getJob("o/a", 1))
      assert.isTrue(reason._tag === "Unauthorized" && reason.detail.includes("credentials cannot be used"))
      assert.notInclude(JSON.stringify(reason), "bm9uc2Vuc2U=")
    })
  )
})
