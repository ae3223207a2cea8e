// A file of its own: the SDK reads some variables once per process, when it first connects.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll } from "vitest"
import { ended, endOfStream, started, stream } from "./EnvdStub.ts"
import { access, apiKey, withStub } from "./SandboxFixture.ts"
import { json } from "./StubServer.ts"

const names = [
  "E2B_ACCESS_TOKEN",
  "E2B_API_CONNECTIONS",
  "E2B_API_INFLIGHT_REQUESTS",
  "E2B_API_KEY",
  "E2B_API_URL",
  "E2B_DEBUG",
  "E2B_DOMAIN",
  "E2B_ENVD_INFLIGHT_REQUESTS",
  "E2B_ENVD_RPC_CONNECTIONS",
  "E2B_ENVD_RPC_INFLIGHT_REQUESTS",
  "E2B_SANDBOX_URL",
  "E2B_USER_AGENT_SOURCE"
]
const before = new Map(names.map((name) => [name, process.env[name]]))
beforeAll(() => {
  for (const name of names) process.env[name] = name === "E2B_DEBUG" ? "true" : "nonsense"
})
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

it.effect("E2B_* variables change nothing", () =>
  Effect.gen(function* () {
    const { sandboxes, server } = yield* withStub((request, response) => {
      if (request.method === "DELETE") return response.writeHead(204).end()
      if (request.path === "/files") return json(response, 200, [{ path: "/x", name: "x", type: "file" }])
      if (request.path.startsWith("/process."))
        return stream(response, started(7), ended({ exited: true }), endOfStream())
      return json(response, 201, { sandboxID: "i1", templateID: "t", envdVersion: "0.6.13" })
    })
    yield* sandboxes.create({ template: "t", timeoutSeconds: 60, metadata: {} })
    yield* sandboxes.writeFile(access, "/x", "y")
    const process = yield* sandboxes.start(access, { command: "run", envs: {} })
    assert.deepStrictEqual((yield* process.exit).exitCode, 0)
    assert.isTrue(yield* sandboxes.kill("i1"))
    assert.deepStrictEqual(
      server.requests.map((request) => [request.path, request.headers["x-api-key"]]),
      [
        ["/v2/sandboxes", apiKey],
        ["/files", undefined],
        ["/process.Process/Start", undefined],
        ["/sandboxes/i1", apiKey]
      ]
    )
  })
)

it.effect("more processes can be followed at once over plain HTTP than the SDK's default of 200 connections", () =>
  Effect.gen(function* () {
    const { sandboxes } = yield* withStub((_request, response) => stream(response, started(7)))
    const start = sandboxes.start(access, { command: "run", envs: {} })
    const processes = yield* Effect.all(
      Array.from({ length: 230 }, () => start),
      { concurrency: 50 }
    )
    assert.deepStrictEqual(processes.length, 230)
  })
)
