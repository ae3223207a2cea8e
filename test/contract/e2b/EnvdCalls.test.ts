// envd's calls as they are, where the client offers no name for them, and what it makes of odd streams.
import { assert, describe, it } from "vitest"
import type { Sandbox } from "e2b"
import { envelope } from "../../../src/simulator/e2b/ConnectProtocol.ts"
import { eventually, isAlive, rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

const open = async () => {
  const world = await simulate()
  const sandbox = await world.e2b.Sandbox.create(runnerTemplate, { envs: { CREATED: "with" } })
  const call = (method: string, path: string, body?: Buffer | object, headers: Record<string, string> = {}) =>
    fetch(world.connection.sandboxUrl + path, {
      method,
      headers: {
        "content-type": body instanceof Buffer ? "application/connect+json" : "application/json",
        "e2b-sandbox-id": sandbox.sandboxId,
        "e2b-sandbox-port": "49983",
        "x-access-token": (sandbox as unknown as { envdAccessToken: string }).envdAccessToken,
        ...headers
      },
      ...(body === undefined ? {} : { body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body) })
    })
  return { ...world, sandbox, call }
}

/** The contents of all envelopes. */
const messagesOf = async (response: Response): Promise<ReadonlyArray<unknown>> => {
  const bytes = Buffer.from(await response.arrayBuffer())
  const messages: Array<unknown> = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1)
    messages.push(JSON.parse(bytes.subarray(at + 5, end).toString()))
    at = end
  }
  return messages
}

const sleeping = (sandbox: Sandbox) => sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })

describe("a process", () => {
  it("is found by its tag as by its pid, and listed with it", async () => {
    const { sandbox, call } = await open()
    const process = { cmd: "/bin/bash", args: ["-c", "sleep 1000"] }
    const started = await call("POST", "/process.Process/Start", envelope({ process, tag: "runner" }))
    await eventually(async () => (await sandbox.commands.list()).length === 1)
    assert.strictEqual((await sandbox.commands.list())[0]?.tag, "runner")
    const again = await call("POST", "/process.Process/Connect", envelope({ process: { tag: "runner" } }))
    const signalled = await call("POST", "/process.Process/SendSignal", {
      process: { tag: "runner" },
      signal: "SIGNAL_SIGKILL"
    })
    assert.strictEqual(signalled.status, 200)
    const end = { event: { end: { exitCode: -1, status: "signal: killed", error: "signal: killed" } } }
    for (const response of [started, again]) assert.deepInclude(await messagesOf(response), end)
    const unknown = await call("POST", "/process.Process/Connect", envelope({ process: { tag: "other" } }))
    assert.match(JSON.stringify(await messagesOf(unknown)), /"code":"not_found"/)
  })

  it("gets SIGTERM alone, and its end says so; other signals there are not", async () => {
    const { sandbox, call } = await open()
    const command = await sandbox.commands.run("sleep 1000 >/dev/null 2>&1 & echo $!; wait", {
      background: true,
      timeoutMs: 0
    })
    await eventually(() => command.stdout.endsWith("\n"))
    const signal = (name: string) =>
      call("POST", "/process.Process/SendSignal", { process: { pid: command.pid }, signal: name })
    assert.strictEqual((await signal("SIGNAL_SIGHUP")).status, 501)
    assert.strictEqual((await signal("SIGNAL_SIGTERM")).status, 200)
    assert.match((await rejection(command.wait())).message, /terminated/)
    assert.isTrue(isAlive(Number(command.stdout)))
  })

  it("that is connected to with a time limit outlives it: only the stream ends", async () => {
    const { sandbox, call } = await open()
    const { pid } = await sleeping(sandbox)
    const limit = { "connect-timeout-ms": "50" }
    const response = await call("POST", "/process.Process/Connect", envelope({ process: { pid } }), limit)
    assert.match(JSON.stringify(await messagesOf(response)), /"code":"deadline_exceeded"/)
    assert.isTrue(isAlive(pid))
  })

  it("that does not exist is a 404 of Connect's own form to every call about it", async () => {
    const { call } = await open()
    const process = { pid: 2 ** 30 }
    for (const [name, body] of [
      ["SendSignal", { process, signal: "SIGNAL_SIGKILL" }],
      ["SendInput", { process, input: { stdin: "" } }],
      ["CloseStdin", { process }]
    ] as const) {
      const response = await call("POST", `/process.Process/${name}`, body)
      assert.strictEqual(response.status, 404)
      assert.deepInclude((await response.json()) as object, { code: "not_found" })
    }
  })
})

describe("the machine", () => {
  it("tells the environment of its create, and its size", async () => {
    const { call } = await open()
    assert.deepStrictEqual(await (await call("GET", "/envs")).json(), { CREATED: "with" })
    const metrics = (await (await call("GET", "/metrics")).json()) as Record<string, number>
    assert.strictEqual(metrics["cpu_count"], 2)
    assert.strictEqual(metrics["mem_total"], 1024 * 1024 * 1024)
  })

  it("has calls that do not pass the proxy: they are a 404", async () => {
    const { call } = await open()
    for (const path of ["/init", "/freeze", "/upgrade"]) assert.strictEqual((await call("POST", path, {})).status, 404)
  })
})

describe("what the client makes of a stream", () => {
  it("that begins with anything but the start event is an error that says so", async () => {
    const { sandbox, simulator } = await open()
    const body = envelope({ event: { keepalive: {} } }).toString("latin1")
    const headers = { "content-type": "application/connect+json" }
    simulator.faults.add({ operation: "process.start", answer: { status: 200, headers, body } })
    assert.match((await rejection(sandbox.commands.run("true"))).message, /Expected start event/)
  })

  it("whose listener throws is that error, and the process goes on", async () => {
    const { sandbox } = await open()
    const command = await sandbox.commands.run("echo hello; exec sleep 1000", {
      background: true,
      timeoutMs: 0,
      onStdout: () => {
        throw new Error("from the listener")
      }
    })
    assert.match((await rejection(command.wait())).message, /from the listener/)
    assert.isTrue(isAlive(command.pid))
  })
})
