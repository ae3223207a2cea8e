// Nothing of a sandbox survives its end.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { TimeoutError } from "e2b"
import type { Sandbox } from "e2b"
import { assert, describe, it, onTestFinished } from "vitest"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { ManualTimeline } from "./ManualTimeline.ts"
import { eventually, isAlive, rejection, simulate } from "../../contract/e2b/SimulatorFixture.ts"

/** A command, its child, a child that left its session, and a daemon whose parent is gone. */
const runFamily = async (sandbox: Sandbox) => {
  const script = [
    "sleep 1000 & echo $!",
    "setsid sleep 1000 & echo $!",
    "(setsid sh -c 'echo $$; exec sleep 1000' &)",
    "wait"
  ].join("\n")
  const command = await sandbox.commands.run(script, { background: true, timeoutMs: 0 })
  await eventually(() => command.stdout.trim().split("\n").length === 3)
  const pids = [command.pid, ...command.stdout.trim().split("\n").map(Number)]
  assert.isTrue(pids.every(isAlive))
  return { command, pids }
}

const open = async (options: Parameters<typeof simulate>[0] = {}) => {
  const world = await simulate(options)
  const sandbox = await world.e2b.Sandbox.create("gh-runner", { timeoutMs: 60_000 })
  const directory = world.simulator.hosts.of(sandbox.sandboxId)?.world.directory ?? ""
  return { ...world, sandbox, directory }
}

describe("the end of a sandbox", () => {
  it("when a kill is answered its whole process tree and its directory are gone", async () => {
    const { sandbox, directory } = await open()
    const { command, pids } = await runFamily(sandbox)
    await sandbox.kill()
    assert.isEmpty(pids.filter(isAlive))
    assert.isFalse(existsSync(directory))
    assert.instanceOf(await rejection(command.wait()), TimeoutError)
  })

  it("a child whose command ended long ago dies with the sandbox", async () => {
    const timeline = new ManualTimeline()
    const { sandbox } = await open({ timeline })
    const { stdout } = await sandbox.commands.run("setsid sleep 1000 >/dev/null 2>&1 & echo $!")
    timeline.advance(30_001)
    assert.isTrue(isAlive(Number(stdout)))
    await sandbox.kill()
    assert.isFalse(isAlive(Number(stdout)))
  })

  it("another sandbox's processes live on", async () => {
    const { sandbox, e2b } = await open()
    const other = await e2b.Sandbox.create("gh-runner")
    const { pids } = await runFamily(other)
    await sandbox.commands.run("true")
    await sandbox.kill()
    assert.isTrue(pids.every(isAlive))
  })

  it("at its end time a sandbox dies like by a kill", async () => {
    const timeline = new ManualTimeline()
    const { sandbox, directory, simulator } = await open({ timeline })
    const { pids } = await runFamily(sandbox)
    timeline.advance(60_000)
    await simulator.hosts.allTorndown()
    assert.isEmpty(pids.filter(isAlive))
    assert.isFalse(existsSync(directory))
  })

  it("many sandboxes that end together leave nothing", async () => {
    const { e2b, simulator } = await simulate()
    const families = await Promise.all(
      Array.from({ length: 8 }, async () => runFamily(await e2b.Sandbox.create("gh-runner")))
    )
    simulator.fleet.reset()
    await simulator.hosts.allTorndown()
    assert.isEmpty(families.flatMap(({ pids }) => pids).filter(isAlive))
  })
})

describe("the end of the simulator", () => {
  it("closing it leaves no process and no file", async () => {
    const root = mkdtempSync(join(tmpdir(), "e2b-root-"))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const { sandbox, simulator } = await open({ root })
    const { pids } = await runFamily(sandbox)
    assert.lengthOf(readdirSync(root), 1)
    await simulator.close()
    assert.isEmpty(pids.filter(isAlive))
    assert.isEmpty(readdirSync(root))
  })

  it("its own temporary root is removed", async () => {
    const { simulator, directory, sandbox } = await open()
    await sandbox.commands.run("true")
    await simulator.close()
    assert.isFalse(existsSync(join(directory, "..")))
  })

  it("it can be closed in the middle of everything, and twice", async () => {
    const simulator = await startE2BSimulator({ apiKeys: ["k"] })
    await simulator.close()
    await simulator.close()
  })

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} to its process takes the sandboxes' processes along`, async () => {
      const host = spawn(process.execPath, [fileURLToPath(new URL("StandaloneHost.ts", import.meta.url))], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      let output = ""
      host.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString()
      })
      await eventually(() => output.endsWith("\n"))
      const { pids, root } = JSON.parse(output) as { pids: Array<number>; root: string }
      assert.isTrue(pids.every(isAlive))
      host.kill(signal)
      const [, bySignal] = (await once(host, "exit")) as [number | null, string | null]
      assert.strictEqual(bySignal, signal)
      assert.isEmpty(pids.filter(isAlive))
      assert.isFalse(existsSync(root))
    })
  }
})
