// What an operator sees when runnerd cannot start: one sentence that says what to do, and an exit code. No stack traces.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { entry, labels, openWorld, type World } from "../support/World.ts"

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const patienceMillis = 20_000

/** Runs to its end, which must come by itself: one that goes on is killed and has no exit code. */
const runToEnd = (args: ReadonlyArray<string>, cwd: string): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] })
    const deadline = setTimeout(() => child.kill("SIGKILL"), patienceMillis)
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.once("error", reject)
    child.once("close", (code) => {
      clearTimeout(deadline)
      resolve({ code, stdout, stderr })
    })
  })

const assertOneSentence = (ended: Ended, code: number, ...words: ReadonlyArray<string>) => {
  const said = ended.stderr.trim()
  assert.strictEqual(ended.code, code, said)
  assert.strictEqual(said.split("\n").length, 1, said)
  assert.notMatch(`${said}\n${ended.stdout}`, /\n\s+at |Error:/)
  for (const word of words) assert.include(said, word)
}

describe("starting", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    world = await openWorld()
    runnerd = await world.start()
    await world.addSpec(runnerd)
  })
  afterAll(() => world.close())

  /** The world's config with another address and database. */
  const configWith = (name: string, address: string, database: string) => {
    const file = join(world.folder, name)
    const text = readFileSync(world.configFile, "utf8")
    writeFileSync(file, text.replace("127.0.0.1:0", address).replace("runnerd.db", database))
    return file
  }

  it("without a runnerd.yaml ends with code 2 and a sentence that names the file", async () => {
    const ended = await runToEnd([], join(world.folder, "sandboxes"))
    assertOneSentence(ended, 2, "runnerd.yaml")
  })

  it("on a port in use ends with code 1 and a sentence that names the address", async () => {
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer().listen(0, "127.0.0.1", () => resolve(listening))
    })
    const { port } = server.address() as AddressInfo
    const ended = await runToEnd(["--config", configWith("port.yaml", `127.0.0.1:${port}`, "other.db")], world.folder)
    server.close()
    assertOneSentence(ended, 1, String(port))
  })

  it("on a database in use ends with code 1 and a sentence, and the first process goes on working", async () => {
    const ended = await runToEnd(["--config", world.configFile], world.folder)
    assertOneSentence(ended, 1, "Another runnerd", "runnerd.db")
    const [id = 0] = world.run([{ name: "build", labels, steps: [{ name: "work", run: "true" }] }])
    await world.allOver(30_000)
    assert.strictEqual(world.conclusions().get(id), "success")
    assert.strictEqual(world.e2b.fleet.counts().creates, 1)
    assert.strictEqual(await runnerd.stop(), 0)
  })

  it("after the first has ended, its database can be used at once", async () => {
    const second = await world.start()
    assert.strictEqual((await fetch(`${second.url}/readyz`)).status, 200)
    assert.strictEqual(await second.stop(), 0)
  })
})
