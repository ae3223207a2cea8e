// envd's process service with real processes, driven by the unmodified client.
import { existsSync } from "node:fs"
import {
  AuthenticationError,
  CommandExitError,
  InvalidArgumentError,
  NotFoundError,
  Sandbox,
  SandboxNotFoundError,
  TimeoutError
} from "e2b"
import { assert, describe, it } from "vitest"
import { envelope } from "../../../src/simulator/e2b/ConnectProtocol.ts"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { eventually, isAlive, rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

const open = async (options: Parameters<typeof simulate>[0] = {}) => {
  const world = await simulate(options)
  const sandbox = await world.e2b.Sandbox.create(runnerTemplate, { envs: { CREATED: "with", BOTH: "create" } })
  const directory = () => world.simulator.hosts.of(sandbox.sandboxId)?.world.directory ?? ""
  return { ...world, sandbox, directory }
}

/** The raw messages of one Start: their flags and contents. */
const rawStart = async (url: string, sandbox: Sandbox, command: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/process.Process/Start`, {
    method: "POST",
    headers: {
      "content-type": "application/connect+json",
      "e2b-sandbox-id": sandbox.sandboxId,
      "e2b-sandbox-port": "49983",
      "x-access-token": (sandbox as unknown as { envdAccessToken: string }).envdAccessToken,
      ...headers
    },
    body: new Uint8Array(envelope({ process: { cmd: "/bin/bash", args: ["-c", command] }, stdin: false }))
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const messages: Array<{ flags: number; json: Record<string, Record<string, unknown>> }> = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 1)
    messages.push({ flags: bytes[at] ?? -1, json: JSON.parse(bytes.subarray(at + 5, at + 5 + length).toString()) })
    at += 5 + length
  }
  return { response, messages }
}

describe("start", () => {
  it("a command's output and exit code come back", async () => {
    const { sandbox } = await open()
    const result = await sandbox.commands.run("echo out; echo err >&2")
    assert.deepInclude(result, { exitCode: 0, stdout: "out\n", stderr: "err\n" })
    const failed = await rejection(sandbox.commands.run("exit 3"))
    assert.instanceOf(failed, CommandExitError)
    assert.strictEqual(failed.exitCode, 3)
  })

  it("a command sees the sandbox's environment and nothing of the simulator's", async () => {
    process.env["SIMULATOR_ONLY"] = "1"
    const { sandbox, directory } = await open({
      templates: [{ aliases: ["gh-runner"], envs: { RUNNER_SOURCE: "${SANDBOX_ROOT}/opt/actions-runner" } }]
    })
    const { stdout } = await sandbox.commands.run("pwd; env", { envs: { BOTH: "command" } })
    delete process.env["SIMULATOR_ONLY"]
    const [cwd, ...lines] = stdout.trim().split("\n")
    const root = directory()
    assert.strictEqual(cwd, `${root}/home/user`)
    assert.includeMembers(lines, [
      `HOME=${root}/home/user`,
      `TMPDIR=${root}/tmp`,
      `SANDBOX_ROOT=${root}`,
      `RUNNER_SOURCE=${root}/opt/actions-runner`,
      "USER=user",
      "LOGNAME=user",
      "CREATED=with",
      "BOTH=command"
    ])
    assert.notInclude(stdout, "SIMULATOR_ONLY")
  })

  it("a working directory is a path of the sandbox; one that does not exist is an invalid argument", async () => {
    const { sandbox, directory } = await open()
    const { stdout } = await sandbox.commands.run("pwd", { cwd: "/tmp" })
    assert.strictEqual(stdout.trim(), `${directory()}/tmp`)
    assert.instanceOf(await rejection(sandbox.commands.run("pwd", { cwd: "/nope" })), InvalidArgumentError)
  })

  it("an unknown user is unauthenticated", async () => {
    const { sandbox } = await open()
    assert.instanceOf(await rejection(sandbox.commands.run("true", { user: "nobody-here" })), AuthenticationError)
    const { stdout } = await sandbox.commands.run("echo $USER", { user: "root" })
    assert.strictEqual(stdout, "root\n")
  })

  it("the start event comes first, the last envelope has flags 2, exit code 0 is left out", async () => {
    const { sandbox, connection } = await open()
    const { messages, response } = await rawStart(connection.sandboxUrl, sandbox, "echo hi")
    assert.strictEqual(response.headers.get("content-type"), "application/connect+json")
    assert.hasAllKeys(messages[0]?.json["event"], ["start"])
    assert.deepStrictEqual(messages.at(-2)?.json["event"], { end: { exited: true, status: "exit status 0" } })
    assert.deepStrictEqual(messages.at(-1), { flags: 2, json: {} })
  })

  it("a failure's end event says its code, a signal's says -1 without exited", async () => {
    const { sandbox, connection } = await open()
    const failed = await rawStart(connection.sandboxUrl, sandbox, "exit 7")
    assert.deepStrictEqual(failed.messages.at(-2)?.json["event"], {
      end: { exitCode: 7, exited: true, status: "exit status 7", error: "exit status 7" }
    })
    const killed = await rawStart(connection.sandboxUrl, sandbox, "kill -KILL $$")
    assert.deepStrictEqual(killed.messages.at(-2)?.json["event"], {
      end: { exitCode: -1, status: "signal: killed", error: "signal: killed" }
    })
  })

  it("large output arrives whole, in chunks of at most 32 KiB", async () => {
    const { sandbox, connection } = await open()
    const { messages } = await rawStart(connection.sandboxUrl, sandbox, "head -c 1000000 /dev/zero | tr '\\0' x")
    const chunks = messages.flatMap(({ json }) => {
      const data = json["event"]?.["data"] as { stdout?: string } | undefined
      return data?.stdout === undefined ? [] : [Buffer.from(data.stdout, "base64").length]
    })
    assert.strictEqual(
      chunks.reduce((sum, length) => sum + length, 0),
      1_000_000
    )
    assert.isAtMost(Math.max(...chunks), 32 * 1024)
  })

  it("silence is filled with keepalives at the interval the client asked for", async () => {
    const { sandbox, connection } = await open()
    const { messages } = await rawStart(connection.sandboxUrl, sandbox, "sleep 1.5", { "keepalive-ping-interval": "1" })
    assert.deepInclude(
      messages.map(({ json }) => json["event"]),
      { keepalive: {} }
    )
  })
})

describe("life of a process", () => {
  it("its time limit kills that process and not its children", async () => {
    const timeline = new ManualTimeline()
    const { sandbox } = await open({ timeline })
    const command = await sandbox.commands.run("sleep 1000 >/dev/null 2>&1 & echo $!; wait", {
      background: true,
      timeoutMs: 60_000
    })
    await eventually(() => command.stdout.endsWith("\n"))
    timeline.advance(59_999)
    assert.lengthOf(await sandbox.commands.list(), 1)
    timeline.advance(1)
    assert.instanceOf(await rejection(command.wait()), TimeoutError)
    await eventually(() => !isAlive(command.pid))
    assert.isTrue(isAlive(Number(command.stdout)))
  })

  it("without a time limit a process lives as long as its sandbox", async () => {
    const timeline = new ManualTimeline()
    const { sandbox } = await open({ timeline })
    await sandbox.setTimeout(86_400_000)
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    timeline.advance(86_399_999)
    assert.isTrue(isAlive(command.pid))
    timeline.advance(1)
    await eventually(() => !isAlive(command.pid))
  })

  it("a kill reaches that process and not its children, and is false for an unknown one", async () => {
    const { sandbox } = await open()
    const command = await sandbox.commands.run(`sleep 1000 >/dev/null 2>&1 & echo $! > pid; echo go; wait`, {
      background: true,
      timeoutMs: 0
    })
    let child = 0
    while (!(child > 0)) child = Number(await sandbox.files.read("pid").catch(() => "0"))
    assert.isTrue(await sandbox.commands.kill(command.pid))
    const error = (await rejection(command.wait())) as CommandExitError
    assert.strictEqual(error.exitCode, -1)
    assert.isTrue(isAlive(child))
    assert.isFalse(await sandbox.commands.kill(command.pid))
    assert.isFalse(await sandbox.commands.kill(2 ** 30))
  })

  it("disconnecting leaves the process running, and a reconnect sees only what comes later", async () => {
    const { sandbox, directory } = await open()
    const command = await sandbox.commands.run("echo before; while [ ! -e go ]; do sleep 0.02; done; echo after", {
      background: true,
      timeoutMs: 0
    })
    await eventually(() => command.stdout === "before\n")
    await command.disconnect()
    assert.isTrue(isAlive(command.pid))
    const again = await sandbox.commands.connect(command.pid, { timeoutMs: 0 })
    await sandbox.files.write("go", "")
    assert.deepInclude(await again.wait(), { stdout: "after\n", exitCode: 0 })
    assert.isTrue(existsSync(`${directory()}/home/user/go`))
  })

  it("an ended process answers to connect for 30 seconds, then is not found", async () => {
    const timeline = new ManualTimeline()
    const { sandbox, simulator } = await open({ timeline })
    const { pid } = await sandbox.commands.run("true", { background: true }).then(async (command) => {
      await command.wait()
      return command
    })
    assert.isEmpty(await sandbox.commands.list())
    timeline.advance(29_999)
    assert.strictEqual((await (await sandbox.commands.connect(pid)).wait()).exitCode, 0)
    timeline.advance(1)
    assert.instanceOf(await rejection(sandbox.commands.connect(pid)), NotFoundError)
    assert.isEmpty(simulator.hosts.of(sandbox.sandboxId)?.processes())
  })

  it("the end waits for whoever inherited the outputs", async () => {
    const { sandbox } = await open()
    const waiting = await sandbox.commands.run("(while [ ! -e go ]; do sleep 0.02; done; echo late) & echo now", {
      background: true,
      timeoutMs: 0
    })
    await eventually(() => waiting.stdout === "now\n")
    assert.lengthOf(await sandbox.commands.list(), 1)
    await sandbox.files.write("go", "")
    assert.strictEqual((await waiting.wait()).stdout, "now\nlate\n")
  })

  it("the list shows running commands with their environment, which is therefore no place for secrets", async () => {
    const { sandbox } = await open()
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0, envs: { A: "b" } })
    const [listed] = await sandbox.commands.list()
    assert.deepInclude(listed, { pid: command.pid, cmd: "/bin/bash", envs: { A: "b" } })
  })

  it("input reaches a process that asked for it, and its end too", async () => {
    const { sandbox } = await open()
    const command = await sandbox.commands.run("cat; echo done", { background: true, stdin: true, timeoutMs: 0 })
    await sandbox.commands.sendStdin(command.pid, "hello\n")
    await sandbox.commands.closeStdin(command.pid)
    assert.strictEqual((await command.wait()).stdout, "hello\ndone\n")
  })

  it("another sandbox's process is unknown", async () => {
    const { sandbox, e2b } = await open()
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    const other = await e2b.Sandbox.create(runnerTemplate)
    assert.isFalse(await other.commands.kill(command.pid))
    assert.isTrue(isAlive(command.pid))
  })

  it("a cut stream is an unknown error, no end: the process goes on", async () => {
    const { sandbox, control } = await open()
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    assert.deepStrictEqual(await control("DELETE", `sandboxes/${sandbox.sandboxId}/streams`), { cut: 1 })
    const error = await rejection(command.wait())
    assert.isFalse(error instanceof CommandExitError)
    assert.isFalse(error instanceof TimeoutError)
    assert.match(error.message, /\[unknown\]/)
    assert.isTrue(isAlive(command.pid))
  })
})

describe("who may call", () => {
  it("a wrong access token is an AuthenticationError, except for health", async () => {
    const { sandbox, connection } = await open()
    const stranger = new Sandbox({
      ...connection,
      sandboxId: sandbox.sandboxId,
      envdVersion: "0.6.13",
      envdAccessToken: "wrong"
    })
    assert.instanceOf(await rejection(stranger.commands.run("true")), AuthenticationError)
    assert.instanceOf(await rejection(stranger.commands.list()), AuthenticationError)
    assert.instanceOf(await rejection(stranger.files.write("x", "y")), AuthenticationError)
    assert.isTrue(await stranger.isRunning())
  })

  it("a dead sandbox is a 502 on every path, in the proxy's words", async () => {
    const { sandbox, connection } = await open()
    await sandbox.kill()
    assert.instanceOf(await rejection(sandbox.commands.run("true")), SandboxNotFoundError)
    assert.instanceOf(await rejection(sandbox.files.write("x", "y")), TimeoutError)
    for (const [method, path] of [
      ["GET", "/health"],
      ["POST", "/files"],
      ["POST", "/process.Process/List"],
      ["GET", "/anything"]
    ]) {
      const response = await fetch(connection.sandboxUrl + (path ?? ""), {
        method: method ?? "GET",
        headers: { "e2b-sandbox-id": sandbox.sandboxId, "e2b-sandbox-port": "49983" }
      })
      assert.strictEqual(response.status, 502)
      assert.deepStrictEqual(await response.json(), {
        sandboxId: sandbox.sandboxId,
        message: "The sandbox was not found",
        code: 502
      })
    }
  })

  it("a port that nothing listens on is a 502 that says so", async () => {
    const { sandbox, connection } = await open()
    const response = await fetch(`${connection.sandboxUrl}/`, {
      headers: { "e2b-sandbox-id": sandbox.sandboxId, "e2b-sandbox-port": "8080" }
    })
    assert.strictEqual(response.status, 502)
    assert.deepInclude((await response.json()) as object, {
      message: "The sandbox is running but port is not open",
      port: 8080
    })
  })
})
