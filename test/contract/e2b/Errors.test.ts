// Every row of what the client throws for what the server does (reference A4), beside those in Faults.test.ts.
import {
  AuthenticationError,
  BuildError,
  CommandExitError,
  FileNotFoundError,
  InvalidArgumentError,
  NotEnoughSpaceError,
  NotFoundError,
  RateLimitError,
  SandboxError,
  SandboxNotFoundError,
  Template,
  TemplateError,
  TimeoutError
} from "e2b"
import { assert, describe, it } from "vitest"
import type { StreamFault } from "../../../src/simulator/misbehaviour/Fault.ts"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { eventually, rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

const sandboxOf = async () => {
  const world = await simulate()
  return { ...world, sandbox: await world.e2b.Sandbox.create(runnerTemplate) }
}

describe("calls about a sandbox that is gone", () => {
  it("are false or SandboxNotFoundError, by the code in the body", async () => {
    const { e2b, simulator, sandbox } = await sandboxOf()
    simulator.fleet.vanish(sandbox.sandboxId)
    assert.isFalse(await e2b.Sandbox.kill(sandbox.sandboxId))
    for (const call of [
      e2b.Sandbox.getInfo(sandbox.sandboxId),
      e2b.Sandbox.setTimeout(sandbox.sandboxId, 60_000),
      e2b.Sandbox.connect(sandbox.sandboxId),
      e2b.Sandbox.pause(sandbox.sandboxId)
    ]) {
      const error = await rejection(call)
      assert.instanceOf(error, SandboxNotFoundError)
      assert.isUndefined(error.statusCode)
    }
  })

  it("are still refused while it is being killed: 409 with that message", async () => {
    const { e2b, simulator, sandbox } = await sandboxOf()
    simulator.faults.add({ operation: "sandbox.timeout", answer: { failure: "being_killed" } })
    const error = await rejection(e2b.Sandbox.setTimeout(sandbox.sandboxId, 60_000))
    assert.instanceOf(error, SandboxError)
    assert.strictEqual(error.statusCode, 409)
    assert.match(error.message, /is being killed/)
  })
})

describe("a team that is blocked", () => {
  it("is a SandboxError with 403", async () => {
    const { e2b, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: { failure: "team_blocked" } })
    const error = await rejection(e2b.Sandbox.create(runnerTemplate))
    assert.instanceOf(error, SandboxError)
    assert.strictEqual(error.statusCode, 403)
  })
})

describe("a connection that is not there", () => {
  it("is a TypeError whose cause says why: refused, or reset", async () => {
    const { e2b, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.list", answer: "reset" })
    const reset = await rejection(e2b.Sandbox.list().nextItems())
    assert.instanceOf(reset, TypeError)
    // A closed socket would be UND_ERR_SOCKET.
    assert.strictEqual((reset.cause as { readonly code: string }).code, "ECONNRESET")
    await simulator.close()
    const refused = await rejection(e2b.Sandbox.list().nextItems())
    assert.instanceOf(refused, TypeError)
    assert.strictEqual((refused.cause as { readonly code: string }).code, "ECONNREFUSED")
  })

  it("given up by its caller is an AbortError", async () => {
    const timeline = new ManualTimeline()
    const { e2b, simulator } = await simulate({ timeline })
    simulator.faults.add({ operation: "sandbox.create", delayMs: 60_000 })
    const controller = new AbortController()
    const creating = rejection(e2b.Sandbox.create(runnerTemplate, { signal: controller.signal }))
    await eventually(() => simulator.faults.pending().length === 0)
    controller.abort()
    assert.strictEqual((await creating).name, "AbortError")
    assert.strictEqual(simulator.fleet.counts().running, 0)
    timeline.advance(60_000)
    await eventually(() => simulator.fleet.counts().running === 1)
  })
})

describe("an answer that is no answer", () => {
  it("is a SyntaxError when it breaks off, a TypeError without envdVersion", async () => {
    const { e2b, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: "malformed" })
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), SyntaxError)
    simulator.faults.add({ operation: "sandbox.create", answer: { status: 201, body: { sandboxID: "i1" } } })
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), TypeError)
  })
})

describe("what the proxy says before a stream", () => {
  for (const failure of ["proxy_not_found", "proxy_port_closed", "proxy_too_many_connections"]) {
    it(`${failure} looks like a missing sandbox, which it is not`, async () => {
      const { simulator, sandbox } = await sandboxOf()
      simulator.faults.add({ operation: "process.start", answer: { failure } })
      assert.instanceOf(await rejection(sandbox.commands.run("true")), SandboxNotFoundError)
      assert.isTrue(await sandbox.isRunning())
    })
  }

  it("proxy_transitioning is a SandboxError", async () => {
    const { simulator, sandbox } = await sandboxOf()
    simulator.faults.add({ operation: "process.start", answer: { failure: "proxy_transitioning" } })
    const error = await rejection(sandbox.commands.run("true"))
    assert.instanceOf(error, SandboxError)
    assert.isFalse(error instanceof SandboxNotFoundError)
  })
})

describe("streams", () => {
  const spoilt = async (fault: StreamFault, command = "sleep 1000") => {
    const { simulator, sandbox } = await sandboxOf()
    simulator.faults.add({ operation: "process.start", answer: { stream: fault } })
    return { simulator, sandbox, run: () => sandbox.commands.run(command, { timeoutMs: 0 }) }
  }

  for (const [code, kind] of [
    ["invalid_argument", InvalidArgumentError],
    ["unauthenticated", AuthenticationError],
    ["not_found", NotFoundError],
    ["resource_exhausted", RateLimitError],
    ["unavailable", SandboxNotFoundError],
    ["canceled", TimeoutError],
    ["deadline_exceeded", TimeoutError],
    ["internal", SandboxError]
  ] as const) {
    it(`that end with ${code} before the start event are a ${kind.name}`, async () => {
      const { run } = await spoilt({ afterMessages: 0, end: code })
      assert.instanceOf(await rejection(run()), kind)
    })
  }

  it("that are cut say TimeoutError when the sandbox is gone, SandboxError when it is not", async () => {
    const alive = await spoilt({ afterMessages: 1, end: "cut" })
    const error = await rejection(alive.run())
    assert.instanceOf(error, SandboxError)
    assert.isFalse(error instanceof TimeoutError)
    const gone = await sandboxOf()
    const command = await gone.sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    gone.simulator.fleet.vanish(gone.sandbox.sandboxId)
    assert.instanceOf(await rejection(command.wait()), TimeoutError)
  })

  it("without their last envelope miss it", async () => {
    const { run } = await spoilt({ afterMessages: 1, end: "no-end-frame" })
    assert.match((await rejection(run())).message, /missing EndStreamResponse/)
  })

  it("without the process's end say that it had no result", async () => {
    const { run } = await spoilt({ afterMessages: 1, end: "no-end-event" })
    assert.match((await rejection(run())).message, /Process exited without a result/)
  })

  it("that become unavailable in the middle are a TimeoutError, and what came before is kept", async () => {
    const { run, sandbox } = await spoilt({ afterMessages: 2, end: "unavailable" }, "echo first; sleep 1000")
    assert.instanceOf(await rejection(run()), TimeoutError)
    assert.lengthOf(await sandbox.commands.list(), 1)
  })

  it("that their own client ends are a TimeoutError", async () => {
    const { sandbox } = await sandboxOf()
    const command = await sandbox.commands.run("echo go; sleep 1000", { background: true, timeoutMs: 0 })
    await eventually(() => command.stdout === "go\n")
    await command.disconnect()
    const error = await rejection(command.wait())
    assert.instanceOf(error, TimeoutError)
    assert.match(error.message, /canceled/)
  })

  it("of a command that fails are a CommandExitError with its code and output", async () => {
    const { sandbox } = await sandboxOf()
    const error = (await rejection(sandbox.commands.run("echo out; echo err >&2; exit 3"))) as CommandExitError
    assert.instanceOf(error, CommandExitError)
    assert.deepStrictEqual([error.exitCode, error.stdout, error.stderr], [3, "out\n", "err\n"])
  })

  it("that are cut between the process's end and their last envelope are an error all the same", async () => {
    const { run } = await spoilt({ afterMessages: 2, end: "cut" }, "true")
    assert.instanceOf(await rejection(run()), SandboxError)
  })

  it("are spoilt only where there are any, and only in ways that there are", async () => {
    const { simulator } = await simulate()
    const stream = { afterMessages: 1, end: "cut" }
    assert.throws(
      () => simulator.faults.add({ operation: "sandbox.create", answer: { stream } }),
      /only process.start, process.connect answers with a stream/
    )
    const odd = { stream: { afterMessages: 1, end: "sadly" } }
    assert.throws(() => simulator.faults.add({ operation: "process.start", answer: odd }), /expected one of cut/)
  })
})

describe("writing files", () => {
  for (const [status, kind] of [
    [400, InvalidArgumentError],
    [401, AuthenticationError],
    [404, FileNotFoundError],
    [429, RateLimitError],
    [502, TimeoutError],
    [507, NotEnoughSpaceError],
    [500, SandboxError]
  ] as const) {
    it(`${status} is a ${kind.name}`, async () => {
      const { simulator, sandbox } = await sandboxOf()
      simulator.faults.add({ operation: "files.write", answer: { status } })
      assert.instanceOf(await rejection(sandbox.files.write("x", "y")), kind)
    })
  }
})

describe("building a template", () => {
  it("that the API refuses is a TemplateError with its status, a build that fails a BuildError without", async () => {
    const { e2b, simulator, control } = await simulate()
    await control("PUT", "builds", { stepMs: 1, failAt: { step: "base" } })
    const template = Template().fromImage("ubuntu:24.04")
    const failed = await rejection(e2b.Template.build(template, "new"))
    assert.instanceOf(failed, BuildError)
    assert.isFalse(failed instanceof SandboxError)
    assert.isUndefined(failed.statusCode)
    simulator.faults.add({ operation: "template.tags", answer: { status: 500 } })
    const refused = await rejection(e2b.Template.getTags("new"))
    assert.instanceOf(refused, TemplateError)
    assert.instanceOf(refused, SandboxError)
    assert.strictEqual(refused.statusCode, 500)
  })
})

describe("connecting to a process again", () => {
  it("sees a stream that may be spoilt as the first one", async () => {
    const { simulator, sandbox } = await sandboxOf()
    const { pid } = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    simulator.faults.add({ operation: "process.connect", answer: { stream: { afterMessages: 1, end: "cut" } } })
    const again = await sandbox.commands.connect(pid, { timeoutMs: 0 })
    assert.instanceOf(await rejection(again.wait()), SandboxError)
    await eventually(() => simulator.faults.pending().length === 0)
  })
})
