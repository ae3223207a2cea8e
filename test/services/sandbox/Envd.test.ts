import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import type { ServerResponse } from "node:http"
import { ended, endOfStream, frame, output, started, stream } from "./EnvdStub.ts"
import { access, accessToken, withStub } from "./SandboxFixture.ts"
import { json, type StubHandler } from "./StubServer.ts"

const command = { command: "run", envs: { A: "1", B: Redacted.make("secret-value") } }
const streaming =
  (...frames: ReadonlyArray<Buffer>): StubHandler =>
  (_request, response) =>
    stream(response, ...frames)

describe("start", () => {
  it.effect("runs the command without a life span, as the sandbox's user, with its token (E-59)", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(streaming(started(7), ended({ exited: true }), endOfStream()))
      const process = yield* sandboxes.start(access, { ...command, cwd: "/work" })
      assert.deepStrictEqual(process.pid, 7)
      assert.deepStrictEqual(yield* process.exit, { exitCode: 0, error: null })
      const [request] = server.requests
      assert.deepStrictEqual(request?.path, "/process.Process/Start")
      assert.isUndefined(request?.headers["connect-timeout-ms"])
      assert.deepStrictEqual(request?.headers["x-access-token"], accessToken)
      assert.deepStrictEqual(request?.headers["e2b-sandbox-id"], "i1")
      assert.isUndefined(request?.headers["x-api-key"])
      const sent = JSON.parse(request?.body.slice(5) ?? "") as { process: unknown }
      assert.deepStrictEqual(sent.process, {
        cmd: "/bin/bash",
        args: ["-l", "-c", "run"],
        envs: { A: "1", B: "secret-value" },
        cwd: "/work"
      })
    })
  )

  it.effect("output comes in order, per stream, also when a character is split over pieces", () =>
    Effect.gen(function* () {
      const euro = Buffer.from("€")
      const { sandboxes } = yield* withStub(
        streaming(
          started(7),
          output("stdout", "a\nb"),
          output("stderr", "err"),
          output("stdout", euro.subarray(0, 1)),
          output("stdout", euro.subarray(1)),
          ended({ exited: true, exitCode: 3, status: "exit status 3", error: "exit status 3" }),
          endOfStream()
        )
      )
      const process = yield* sandboxes.start(access, command)
      assert.deepStrictEqual(yield* Stream.runCollect(process.output), [
        { stream: "stdout", text: "a\nb" },
        { stream: "stderr", text: "err" },
        { stream: "stdout", text: "€" }
      ])
      assert.deepStrictEqual(yield* process.exit, { exitCode: 3, error: "exit status 3" })
    })
  )

  it.effect("more output than may wait is held back and lost nowhere", () =>
    Effect.gen(function* () {
      const pieces = Array.from({ length: 2_000 }, (_, index) => output("stdout", `${index}\n`))
      const { sandboxes } = yield* withStub(streaming(started(7), ...pieces, ended({ exited: true }), endOfStream()))
      const process = yield* sandboxes.start(access, command)
      const text = yield* Stream.runFold(
        process.output,
        () => "",
        (all, piece) => all + piece.text
      )
      assert.deepStrictEqual(text, Array.from({ length: 2_000 }, (_, index) => `${index}\n`).join(""))
      assert.deepStrictEqual((yield* process.exit).exitCode, 0)
    })
  )

  it.effect("a process that a signal killed has no exit code and says which", () =>
    Effect.gen(function* () {
      const end = ended({ exitCode: -1, status: "signal: killed", error: "signal: killed" })
      const { sandboxes } = yield* withStub(streaming(started(7), end, endOfStream()))
      const process = yield* sandboxes.start(access, command)
      assert.deepStrictEqual(yield* process.exit, { exitCode: null, error: "signal: killed" })
    })
  )

  it.effect("a stream that breaks off is StreamLost, after the output that had come", () =>
    Effect.gen(function* () {
      let open: ServerResponse | undefined
      const { sandboxes } = yield* withStub((request, response) => {
        if (request.path === "/health") return response.writeHead(204).end()
        open = response
        return stream(response, started(7), output("stdout", "before"))
      })
      const process = yield* sandboxes.start(access, command)
      const seen = yield* process.output.pipe(
        Stream.tap(() => Effect.sync(() => open?.destroy())),
        Stream.runCollect
      )
      assert.deepStrictEqual(seen, [{ stream: "stdout", text: "before" }])
      assert.deepStrictEqual((yield* Effect.flip(process.exit)).reason._tag, "StreamLost")
    })
  )

  it.effect("a stream that breaks off although E2B says the sandbox is dead is StreamLost too: the caller asks", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub((request, response) => {
        if (request.path === "/health") return json(response, 502, { code: 502, message: "The sandbox was not found" })
        stream(response, started(7))
        return setImmediate(() => response.destroy())
      })
      const process = yield* sandboxes.start(access, command)
      assert.deepStrictEqual((yield* Effect.flip(process.exit)).reason._tag, "StreamLost")
    })
  )

  it.effect("a stream that ends well-formed but without the process's end is StreamLost", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(streaming(started(7), endOfStream()))
      const process = yield* sandboxes.start(access, command)
      assert.deepStrictEqual((yield* Effect.flip(process.exit)).reason._tag, "StreamLost")
    })
  )

  it.effect("an end that was told counts, whatever becomes of the stream", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub((request, response) => {
        if (request.path === "/health") return response.writeHead(204).end()
        stream(response, started(7), ended({ exited: true, exitCode: 4, error: "exit status 4" }))
        return setImmediate(() => response.destroy())
      })
      const process = yield* sandboxes.start(access, command)
      assert.deepStrictEqual((yield* process.exit).exitCode, 4)
    })
  )

  it.effect("E-60: closing the Scope disconnects, kills nothing, and is no exit of the process", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(streaming(started(7), output("stdout", "x")))
      const scope = yield* Scope.make()
      const process = yield* sandboxes.start(access, command).pipe(Scope.provide(scope))
      const waiting = yield* Effect.forkChild(Effect.exit(process.exit), { startImmediately: true })
      yield* Scope.close(scope, Exit.void)
      yield* server.clientGone
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.join(waiting)))
      assert.deepStrictEqual(
        server.requests.map((one) => one.path),
        ["/process.Process/Start"]
      )
    })
  )

  it.effect("no start event in time is TimedOut, and the connection is given up", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(() => undefined)
      const fiber = yield* Effect.forkChild(Effect.flip(sandboxes.start(access, command)))
      yield* server.arrived
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      yield* server.clientGone
    })
  )

  it.effect("a process that runs longer than the call's time limit is followed on", () =>
    Effect.gen(function* () {
      let open: ServerResponse | undefined
      const { sandboxes } = yield* withStub((_request, response) => {
        open = response
        stream(response, started(7))
      })
      const process = yield* sandboxes.start(access, command)
      yield* TestClock.adjust("5 hours")
      open?.end(Buffer.concat([ended({ exited: true }), endOfStream()]))
      assert.deepStrictEqual((yield* process.exit).exitCode, 0)
    })
  )

  const failures: ReadonlyArray<readonly [string, StubHandler, string]> = [
    ["502 of a dead sandbox", (_, response) => json(response, 502, { code: 502 }), "EnvdUnreachable"],
    ["429 of too many connections", (_, response) => json(response, 429, { code: 429 }), "EnvdUnreachable"],
    ["401", (_, response) => json(response, 401, { code: 401 }), "Unauthorized"],
    ["404", (_, response) => json(response, 404, { code: 404 }), "EnvdUnreachable"],
    ["invalid_argument", streaming(endOfStream({ code: "invalid_argument", message: "cwd" })), "BadRequest"],
    ["not_found", streaming(endOfStream({ code: "not_found", message: "?" })), "EnvdUnreachable"],
    ["resource_exhausted", streaming(endOfStream({ code: "resource_exhausted", message: "?" })), "RateLimited"],
    ["unavailable", streaming(endOfStream({ code: "unavailable", message: "?" })), "EnvdUnreachable"],
    ["another first event", streaming(frame({ event: { keepalive: {} } }), endOfStream()), "MalformedAnswer"],
    ["a broken connection", (_, response) => response.destroy(), "EnvdUnreachable"]
  ]
  it.effect.each(failures)("%s before the start never means that the sandbox is gone", ([, handler, reason]) =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(handler)
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.start(access, command))).reason._tag, reason)
    })
  )

  it.effect("what envd repeats of our secrets does not reach the error", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub(
        streaming(endOfStream({ code: "invalid_argument", message: `bad: secret-value ${accessToken}` }))
      )
      const text = JSON.stringify(yield* Effect.flip(sandboxes.start(access, command)))
      assert.notInclude(text, "secret-value")
      assert.notInclude(text, accessToken)
    })
  )
})

describe("connect", () => {
  it.effect("follows a process by its pid, without a life span", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(streaming(started(9), ended({ exited: true }), endOfStream()))
      const process = yield* sandboxes.connect(access, 9)
      assert.deepStrictEqual([process.pid, (yield* process.exit).exitCode], [9, 0])
      assert.deepStrictEqual(server.requests[0]?.path, "/process.Process/Connect")
      assert.isUndefined(server.requests[0]?.headers["connect-timeout-ms"])
    })
  )

  it.effect("only envd's own not_found is ProcessNotFound", () =>
    Effect.gen(function* () {
      const gone = yield* withStub(streaming(endOfStream({ code: "not_found", message: "no process" })))
      const error = yield* Effect.flip(gone.sandboxes.connect(access, 9))
      assert.isTrue(error.reason._tag === "ProcessNotFound" && error.reason.pid === 9)
      for (const status of [404, 502, 503]) {
        const { sandboxes } = yield* withStub((_request, response) => json(response, status, { code: status }))
        assert.deepStrictEqual((yield* Effect.flip(sandboxes.connect(access, 9))).reason._tag, "EnvdUnreachable")
      }
    })
  )
})

describe("writeFile", () => {
  it.effect("uploads the plain content of a secret as the sandbox's user", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub((_request, response) =>
        json(response, 200, [{ path: "/tmp/x", name: "x", type: "file" }])
      )
      yield* sandboxes.writeFile(access, "/tmp/x", Redacted.make("top secret"))
      assert.deepStrictEqual([server.requests[0]?.path, server.requests[0]?.query.get("path")], ["/files", "/tmp/x"])
      assert.isNull(server.requests[0]?.query.get("username") ?? null)
      assert.include(server.requests[0]?.body ?? "", "top secret")
    })
  )

  it.effect.each([
    [401, "Unauthorized"],
    [404, "EnvdUnreachable"],
    [429, "RateLimited"],
    [500, "EnvdUnreachable"],
    [502, "EnvdUnreachable"],
    [507, "Unavailable"]
  ] as const)("an upload answered %d fails with %s", ([status, reason]) =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withStub((_request, response) =>
        json(response, status, { code: status, message: "m" })
      )
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.writeFile(access, "/x", "y"))).reason._tag, reason)
    })
  )

  it.effect("an upload without an answer is TimedOut", () =>
    Effect.gen(function* () {
      const { sandboxes, server } = yield* withStub(() => undefined)
      const fiber = yield* Effect.forkChild(Effect.flip(sandboxes.writeFile(access, "/x", "y")))
      yield* server.arrived
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
    })
  )

  it.effect.each(["0.6.13", "0.5.6"])(
    "an upload that is given up at any moment harms nobody (envd %s)",
    (envdVersion) =>
      Effect.gen(function* () {
        const { sandboxes } = yield* withStub((_request, response) =>
          json(response, 200, [{ path: "/x", name: "x", type: "file" }])
        )
        const uncaught: Array<unknown> = []
        const listen = (error: unknown) => void uncaught.push(error)
        process.on("unhandledRejection", listen)
        for (let turns = 0; turns < 40; turns += 1) {
          const upload = sandboxes.writeFile({ ...access, envdVersion }, "/x", "y".repeat(9000))
          const fiber = yield* Effect.forkChild(upload, { startImmediately: true })
          for (let turn = 0; turn < turns; turn += 1) yield* Effect.promise(() => Promise.resolve())
          yield* Fiber.interrupt(fiber)
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        process.off("unhandledRejection", listen)
        assert.deepStrictEqual(uncaught, [])
      })
  )
})
