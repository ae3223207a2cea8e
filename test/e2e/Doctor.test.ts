// `runnerd doctor` as an operator calls it: before the first start, beside a running service, and when something is wrong.
import { execFile } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import type { Diagnosis } from "../../src/services/doctor/Doctor.ts"
import { entry, labels, openWorld, type World } from "../support/World.ts"

const doctor = (configFile: string, ...args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>((resolve) => {
    const child = execFile(process.execPath, [entry, "doctor", "--config", configFile, ...args], (_, out, err) =>
      resolve({ code: child.exitCode, out, err })
    )
  })

describe("runnerd doctor", { timeout: 300_000 }, () => {
  let world: World

  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it("before the first start says what is still missing, and ends with 0: nothing fails", async () => {
    // At GitHub the App has its webhook URL already.
    world.github.setWebhook({ url: "http://127.0.0.1:1/webhooks/github" })
    const { code, err, out } = await doctor(world.configFile)
    assert.deepStrictEqual([code, err], [0, ""], out)
    assert.match(out, /^ok {4}github_auth: /m)
    assert.match(out, /^ok {4}database: .*does not exist yet/m)
    assert.match(out, /^warn {2}e2b_templates: .*\n {6}→ /m)
  })

  it("beside a running service finds all well, as the service itself does, and leaves it alone", async () => {
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    const job = [{ name: "build", labels, steps: [{ name: "work", run: "true" }] }]
    world.run(job)
    await world.allOver(120_000)
    const { code, out } = await doctor(world.configFile, "--json")
    const found = JSON.parse(out) as Diagnosis
    assert.deepStrictEqual(
      found.findings.filter(({ status }) => status !== "ok"),
      []
    )
    assert.deepStrictEqual([code, found.status], [0, "ok"])
    const told = await callApi<Diagnosis>(runnerd.url, "GET", "/diagnostics/doctor")
    assert.deepStrictEqual(
      told.findings.map(({ check, status }) => [check, status]),
      found.findings.map(({ check, status }) => [check, status])
    )
    const [id = 0] = world.run(job)
    await world.allOver(120_000)
    assert.strictEqual(world.conclusions().get(id), "success")
    assert.strictEqual(await runnerd.stop(), 0)
  })

  it("ends with 1 when something fails, says what to do, and shows no secret", async () => {
    const broken = join(world.folder, "broken.yaml")
    const text = await readFile(world.configFile, "utf8")
    await writeFile(broken, text.replace(/api_key: .*/, 'api_key: "e2b_surely_wrong_key"'))
    const { code, err, out } = await doctor(broken)
    assert.deepStrictEqual([code, err], [1, ""])
    assert.match(out, /^FAIL {2}e2b_key: .*\n {6}→ .*e2b\.api_key/m)
    assert.match(out, /^ok {4}github_auth: /m)
    assert.match(out, /failed$/m)
    assert.notInclude(out, "e2b_surely_wrong_key")
  })
})
