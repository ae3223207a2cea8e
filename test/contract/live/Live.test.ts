// `npm run test:live`, with a simulator that was started apart in the place of the real service.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { E2B } from "e2b"
import { e2bService } from "./E2BService.ts"
import { runLive } from "./RunLive.ts"

const key = "e2b_a_key_that_nobody_may_see"

const service = async () => {
  const simulator = await startE2BSimulator({ apiKeys: [key], templates: [{ aliases: ["small"] }] })
  onTestFinished(() => simulator.close())
  const settings = {
    E2B_API_KEY: key,
    E2B_API_URL: simulator.url,
    E2B_SANDBOX_URL: simulator.url,
    E2B_TEMPLATE: "small"
  }
  return { simulator, settings }
}

const run = (args: ReadonlyArray<string>, settings?: Readonly<Record<string, string>>) =>
  runLive(["e2b", ...args], settings)

describe("the contract tests against a service by name", () => {
  it("say what they would cost, run, skip what needs a simulator, leave nothing, and show no key", async () => {
    const { simulator, settings } = await service()
    const stranger = new E2B({ apiKey: key, apiUrl: simulator.url, sandboxUrl: simulator.url })
    const { sandboxId } = await stranger.Sandbox.create("small")
    const folder = mkdtempSync(join(tmpdir(), "live-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, "credentials.json")
    writeFileSync(file, JSON.stringify(settings))
    const { code, output } = await run(["--credentials", file, "--yes", "test/contract/e2b/Listing.test.ts"])
    assert.strictEqual(code, 0, output)
    assert.match(output, /calls of the control API, \d+ of envd, [1-9]\d* sandboxes/)
    assert.match(output, /needs a simulator with its own timeline/)
    assert.match(output, /Cleaned up: 0 were left/)
    assert.notInclude(output, key)
    assert.isAbove(simulator.fleet.counts().creates, 3)
    assert.isTrue(
      simulator.fleet.ended().every(({ metadata }) => "conformance" in metadata),
      "everything it made is marked"
    )
    assert.deepStrictEqual(
      [...simulator.fleet.live()].map((record) => record.sandboxID),
      [sandboxId]
    )
  }, 120_000)

  it("call nothing without a yes, or without a key", async () => {
    const { simulator, settings } = await service()
    const { E2B_API_KEY: _, ...keyless } = settings
    const refused = await run(["test/contract/e2b/Network.test.ts"], settings)
    assert.deepStrictEqual([refused.code, refused.output.includes("Not confirmed.")], [2, true], refused.output)
    const lacking = await run([], keyless)
    assert.deepStrictEqual([lacking.code, lacking.output.includes("E2B_API_KEY is not set")], [2, true])
    assert.deepStrictEqual(simulator.calls(), { control: 0, envd: 0 })
  }, 120_000)

  it("remove at the end all that carries their mark, and nothing else", async () => {
    const { simulator } = await service()
    const made = { apiKey: key, apiUrl: simulator.url, sandboxUrl: simulator.url }
    const { Sandbox } = new E2B(made)
    const kept = await Sandbox.create("small", { metadata: { conformance: "another" } })
    await Sandbox.create("small", { metadata: { conformance: "this" } })
    await (await Sandbox.create("small", { metadata: { conformance: "this" } })).pause()
    assert.strictEqual(await e2bService.cleanUp(made, "this"), 2)
    assert.deepStrictEqual(
      [...simulator.fleet.live()].map((record) => record.sandboxID),
      [kept.sandboxId]
    )
  })
})
