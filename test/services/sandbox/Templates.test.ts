import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { withStub } from "./SandboxFixture.ts"
import { json, type StubHandler } from "./StubServer.ts"

const missing = { code: 404, message: "not found" }

const withBuilds =
  (...statuses: ReadonlyArray<string>): StubHandler =>
  (_request, response) =>
    json(response, 200, { templateID: "tpl1", builds: statuses.map((status) => ({ status })) })

it.effect.each(["", "  \t"])("E-99: a blank template is refused without a call", (name) =>
  Effect.gen(function* () {
    const { sandboxes, server } = yield* withStub(withBuilds("ready"))
    assert.deepStrictEqual((yield* Effect.flip(sandboxes.templateStatus(name))).reason._tag, "TemplateUnusable")
    assert.deepStrictEqual(server.requests.length, 0)
  })
)

it.effect("E-99: whitespace around a name does not count", () =>
  Effect.gen(function* () {
    const { sandboxes, server } = yield* withStub(withBuilds("ready"))
    assert.isTrue((yield* sandboxes.templateStatus(" tpl1 ")).usable)
    assert.deepStrictEqual(server.requests[0]?.path, "/templates/tpl1")
  })
)

it.effect.each([
  [["ready"], true],
  [["uploaded"], true],
  [["error", "building", "ready"], true],
  [["error", "building"], false],
  [[], true]
] as const)("E-99: builds %j make usable = %s", ([statuses, usable]) =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub(withBuilds(...statuses))
    const status = yield* sandboxes.templateStatus("tpl1")
    assert.deepStrictEqual([status.templateId, status.usable], ["tpl1", usable])
  })
)

it.effect("what a sandbox will be like is told by the newest build that can be used", () =>
  Effect.gen(function* () {
    const build = (status: string, day: number, cpuCount: number) => ({
      status,
      cpuCount,
      memoryMB: 512 * cpuCount,
      createdAt: `2026-01-0${day}T00:00:00Z`,
      finishedAt: `2026-01-0${day}T00:10:00Z`,
      ...(day === 2 ? { diskSizeMB: 10_240 } : {})
    })
    const builds = [build("error", 3, 16), build("ready", 1, 2), build("ready", 2, 4)]
    const { sandboxes } = yield* withStub((_request, response) =>
      json(response, 200, { templateID: "tpl1", names: ["gh-runner", "team/gh-runner"], builds })
    )
    const { facts } = yield* sandboxes.templateStatus("tpl1")
    assert.deepStrictEqual(facts, {
      names: ["gh-runner", "team/gh-runner"],
      builds: 3,
      usableBuilds: 2,
      newest: {
        cpuCount: 4,
        memoryMb: 2048,
        diskSizeMb: 10_240,
        finishedAt: DateTime.makeUnsafe("2026-01-02T00:10:00Z")
      }
    })
  })
)

it.effect("a server that tells of a build no more than its state is believed all the same", () =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub((_request, response) =>
      json(response, 200, { templateID: "tpl1", aliases: ["old"], builds: [{ status: "ready", cpuCount: null }] })
    )
    const { facts } = yield* sandboxes.templateStatus("tpl1")
    const newest = { cpuCount: null, memoryMb: null, diskSizeMb: null, finishedAt: null }
    assert.deepStrictEqual(facts, { names: ["old"], builds: 1, usableBuilds: 1, newest })
  })
)

it.effect("a name that is no id is looked up as an alias", () =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub((request, response) => {
      if (request.path === "/templates/aliases/gh-runner")
        return json(response, 200, { templateID: "tpl9", public: false })
      if (request.path === "/templates/tpl9") return json(response, 200, { templateID: "tpl9" })
      return json(response, 404, missing)
    })
    assert.deepStrictEqual((yield* sandboxes.templateStatus("gh-runner")).templateId, "tpl9")
  })
)

it.effect("E-99: a template that E2B does not know is TemplateUnusable", () =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub((_request, response) => json(response, 404, missing))
    const error = yield* Effect.flip(sandboxes.templateStatus("nope"))
    assert.isTrue(error.reason._tag === "TemplateUnusable" && error.reason.template === "nope")
  })
)

it.effect("a template of another team that may be known but not seen counts as usable", () =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub((request, response) =>
      json(response, request.path.includes("/aliases/") ? 403 : 404, { code: 403, message: "no access" })
    )
    assert.isTrue((yield* sandboxes.templateStatus("base")).usable)
  })
)

it.effect("E-99: a server error says nothing about the template", () =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub((_request, response) => json(response, 500, { code: 500, message: "boom" }))
    assert.deepStrictEqual((yield* Effect.flip(sandboxes.templateStatus("x"))).reason._tag, "Unavailable")
  })
)
