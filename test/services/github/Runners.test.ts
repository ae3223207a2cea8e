import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { ofRequest } from "../../../src/domain/RunnerTarget.ts"
import { json, type StubHandler } from "../sandbox/StubServer.ts"
import { withStub } from "./GitHubFixture.ts"

const repository = ofRequest("o/r", null)
const organization = ofRequest("o/r", "GPU")
const runner = (id: number, name: string, more: Record<string, unknown> = {}) => ({
  id,
  name,
  os: "linux",
  status: "offline",
  busy: false,
  labels: [],
  ...more
})
const notFound: StubHandler = (_request, response) => json(response, 404, { message: "Not Found" })
const wanted = { runnerName: "e2b-1", labels: ["self-hosted", "e2b"], runnerGroup: null }
const jitAnswer = { runner: runner(77, "e2b-1"), encoded_jit_config: "ZW5jb2RlZA==" }

describe("createJitConfig", () => {
  it.effect("registers a repository runner in the default group with exactly these labels", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub((_request, response) => json(response, 201, jitAnswer))
      const jit = yield* github.createJitConfig(repository, wanted)
      assert.deepStrictEqual([jit.runnerId, Redacted.value(jit.encodedJitConfig)], [77, "ZW5jb2RlZA=="])
      assert.notInclude(JSON.stringify(jit), "ZW5jb2RlZA==")
      const [request] = server.requests
      assert.deepStrictEqual(
        [request?.method, request?.path],
        ["POST", "/repos/o/r/actions/runners/generate-jitconfig"]
      )
      assert.deepStrictEqual(JSON.parse(request?.body ?? ""), {
        name: "e2b-1",
        runner_group_id: 1,
        labels: ["self-hosted", "e2b"],
        work_folder: "_work"
      })
      assert.deepStrictEqual(request?.headers.accept, "application/vnd.github+json")
      assert.deepStrictEqual(request?.headers["x-github-api-version"], "2022-11-28")
    })
  )

  it.effect("a name that is taken is told apart from other conflicts of other calls", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub((_request, response) =>
        json(response, 409, { message: "Already exists - A runner with the name *** already exists." })
      )
      const error = yield* Effect.flip(github.createJitConfig(repository, wanted))
      assert.isTrue(error.reason._tag === "RunnerNameTaken" && error.reason.runnerName === "e2b-1")
    })
  )

  const groups =
    (visible: ReadonlyArray<string>, all: ReadonlyArray<string>): StubHandler =>
    (request, response) => {
      if (request.method === "POST") return json(response, 201, jitAnswer)
      const names = request.query.get("visible_to_repository") === null ? all : visible
      return json(response, 200, {
        total_count: names.length,
        runner_groups: names.map((name, index) => ({ id: 10 + index, name }))
      })
    }
  const inGroup = { ...wanted, runnerGroup: "GPU" }

  it.effect("finds the group that the repository may use, whatever its case, once for many runners", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub(groups(["Default", "gpu"], ["Default", "gpu"]))
      yield* Effect.all(
        Array.from({ length: 5 }, () => github.createJitConfig(organization, inGroup)),
        { concurrency: "unbounded" }
      )
      const lookUps = server.requests.filter((request) => request.method === "GET")
      assert.deepStrictEqual(
        lookUps.map((one) => one.path),
        ["/orgs/o/actions/runner-groups"]
      )
      assert.deepStrictEqual(lookUps[0]?.query.get("visible_to_repository"), "r")
      const body = server.requests.find((request) => request.method === "POST")
      assert.deepStrictEqual(body?.path, "/orgs/o/actions/runners/generate-jitconfig")
      assert.deepStrictEqual((JSON.parse(body?.body ?? "") as { runner_group_id: number }).runner_group_id, 11)
    })
  )

  it.effect.each([
    ["that the repository may not use", groups(["Default"], ["Default", "GPU"]), "o/r has no access to it"],
    ["that does not exist", groups(["Default"], ["Default"]), "no group of that name"],
    ["of a personal account", notFound, "personal account"]
  ] as const)("a group %s is unusable, and the error says why", ([, handler, says]) =>
    Effect.gen(function* () {
      const { github } = yield* withStub(handler)
      const { reason } = yield* Effect.flip(github.createJitConfig(organization, inGroup))
      assert.isTrue(reason._tag === "RunnerGroupUnusable" && reason.runnerGroup.toUpperCase() === "GPU")
      if (reason._tag === "RunnerGroupUnusable") assert.include(reason.detail, says)
    })
  )

  it.effect("a refusal that is not about the group stays what it is, and costs one look at the group", () =>
    Effect.gen(function* () {
      let refused = false
      const { github, server } = yield* withStub((request, response) => {
        if (request.method === "GET") return groups(["GPU"], ["GPU"])(request, response)
        if (refused) return json(response, 201, jitAnswer)
        refused = true
        return json(response, 404, { message: "Not Found" })
      })
      assert.deepStrictEqual(
        (yield* Effect.flip(github.createJitConfig(organization, inGroup))).reason._tag,
        "NotFound"
      )
      yield* github.createJitConfig(organization, inGroup)
      assert.deepStrictEqual(server.requests.filter((one) => one.method === "GET").length, 2)
    })
  )
})

describe("finding and listing", () => {
  it.effect("findRunner asks by name and takes only the exact one (E-74)", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub((_request, response) =>
        json(response, 200, {
          total_count: 2,
          runners: [runner(1, "e2b-10"), runner(2, "e2b-1", { status: "online", busy: true })]
        })
      )
      const found = yield* github.findRunner(repository, "e2b-1")
      assert.deepStrictEqual(found, Option.some({ id: 2, name: "e2b-1", status: "online", busy: true } as const))
      assert.deepStrictEqual(server.requests[0]?.query.get("name"), "e2b-1")
      assert.deepStrictEqual(yield* github.findRunner(repository, "e2b-"), Option.none())
    })
  )

  it.effect.each([
    ["only next", '<{next}>; rel="next"', 2],
    ["next among others", '<{next}>; rel="prev", <{next}>; rel="next", <{next}>; rel="last"', 2],
    ["next without quotes", "<{next}>; rel=next", 2],
    ["prev only", '<{next}>; rel="prev"', 1],
    ["last only, with a next in its address", '<https://x/?rel=next&page=2>; rel="last"', 1],
    ["nothing", "", 1],
    ["nonsense", "next", 1]
  ] as const)("E-92: a Link header with %s leads to %s", ([, link, pages]) =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub((request, response) => {
        const page = Number(request.query.get("page"))
        const headers: Record<string, string> =
          page === 1 && link !== "" ? { link: link.replaceAll("{next}", "https://api.github.com/x?page=2") } : {}
        json(response, 200, { total_count: 2, runners: [runner(page, `r${page}`)] }, headers)
      })
      const found = yield* github.listRunners(organization)
      assert.deepStrictEqual(
        found.map((one) => one.id),
        [1, 2].slice(0, pages)
      )
      assert.deepStrictEqual(server.requests[0]?.query.get("per_page"), "100")
      assert.deepStrictEqual(server.requests[0]?.path, "/orgs/o/actions/runners")
    })
  )
})

describe("deleteRunner", () => {
  it.effect.each([
    [204, undefined, true],
    [404, { message: "Not Found" }, false]
  ] as const)("E-71: an answer of %d gives %s", ([status, body, deleted]) =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub((_request, response) =>
        body === undefined ? response.writeHead(status).end() : json(response, status, body)
      )
      assert.deepStrictEqual(yield* github.deleteRunner(repository, 9), deleted)
      assert.deepStrictEqual(
        [server.requests[0]?.method, server.requests[0]?.path],
        ["DELETE", "/repos/o/r/actions/runners/9"]
      )
    })
  )

  it.effect("a runner that runs a job is busy", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub((_request, response) =>
        json(response, 422, { message: 'Bad request - Runner "e2b-1" is currently running a job' })
      )
      assert.deepStrictEqual((yield* Effect.flip(github.deleteRunner(repository, 9))).reason._tag, "RunnerBusy")
    })
  )
})

describe("registrationToken", () => {
  const issuing = (minutes: number, answer = 201): StubHandler => {
    let issued = 0
    return (_request, response) =>
      json(response, answer, { token: `AAA${++issued}`, expires_at: new Date(minutes * 60_000).toISOString() })
  }
  const plain = <E>(token: Effect.Effect<Redacted.Redacted, E>) => Effect.map(token, Redacted.value)

  it.effect("E-91: one call serves all who ask at once, and later ones while more than 30 minutes remain", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub(issuing(60))
      const tokens = yield* Effect.all(
        Array.from({ length: 20 }, () => plain(github.registrationToken(repository, null))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(tokens), new Set(["AAA1"]))
      yield* TestClock.adjust("29 minutes")
      assert.deepStrictEqual(yield* plain(github.registrationToken(ofRequest("O/R", null), null)), "AAA1")
      assert.deepStrictEqual(
        server.requests.map((one) => one.path),
        ["/repos/o/r/actions/runners/registration-token"]
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* plain(github.registrationToken(repository, null)), "AAA2")
    })
  )

  it.effect("E-91: a token that a runner was refused with is not given again", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub(issuing(60))
      assert.deepStrictEqual(yield* plain(github.registrationToken(repository, null)), "AAA1")
      yield* github.forgetRegistration(repository, null)
      assert.deepStrictEqual(yield* plain(github.registrationToken(repository, null)), "AAA2")
    })
  )

  it.effect("a token with less than 30 minutes is used once", () =>
    Effect.gen(function* () {
      const { github } = yield* withStub(issuing(20))
      assert.deepStrictEqual(yield* plain(github.registrationToken(repository, null)), "AAA1")
      assert.deepStrictEqual(yield* plain(github.registrationToken(repository, null)), "AAA2")
    })
  )

  it.effect("targets do not share tokens; an organisation's repositories do", () =>
    Effect.gen(function* () {
      const { github, server } = yield* withStub(issuing(60))
      const tokens = yield* Effect.all([
        plain(github.registrationToken(repository, null)),
        plain(github.registrationToken(organization, null)),
        plain(github.registrationToken(ofRequest("o/other", "g"), null))
      ])
      assert.deepStrictEqual(tokens, ["AAA1", "AAA2", "AAA2"])
      assert.deepStrictEqual(server.requests[1]?.path, "/orgs/o/actions/runners/registration-token")
    })
  )

  it.effect("E-91: an answer without a token is an error, and errors are not remembered", () =>
    Effect.gen(function* () {
      let asked = 0
      const { github } = yield* withStub((_request, response) =>
        ++asked === 1
          ? json(response, 201, { expires_at: "2026-01-01T00:00:00Z" })
          : json(response, 201, { token: "ok", expires_at: "2026-01-01T00:00:00Z" })
      )
      assert.deepStrictEqual(
        (yield* Effect.flip(github.registrationToken(repository, null))).reason._tag,
        "MalformedAnswer"
      )
      assert.deepStrictEqual(yield* plain(github.registrationToken(repository, null)), "ok")
    })
  )
})
