// What a sandbox may reach, and who may reach it.
import { assert, describe, it } from "vitest"
import type { SandboxNetworkUpdate } from "e2b"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

describe("network rules", () => {
  it("are kept from the create, and an update replaces those for going out and clears what it leaves out", async () => {
    const { e2b, api } = await simulate()
    const { sandboxId: sandboxID } = await e2b.Sandbox.create(runnerTemplate, {
      network: { allowPublicTraffic: false, denyOut: ["10.0.0.0/8"], allowOut: ["10.1.0.0/16", "10.2.3.4"] }
    })
    const detail = async () =>
      (await api.GET("/sandboxes/{sandboxID}", { params: { path: { sandboxID } } })).data?.network
    assert.deepStrictEqual(await detail(), {
      allowPublicTraffic: false,
      denyOut: ["10.0.0.0/8"],
      allowOut: ["10.1.0.0/16", "10.2.3.4"]
    })
    await e2b.Sandbox.updateNetwork(sandboxID, { denyOut: ["192.168.0.0/16"] })
    assert.deepStrictEqual(await detail(), { allowPublicTraffic: false, denyOut: ["192.168.0.0/16"] })
  })

  it("against public traffic give the create a token for it, and only they", async () => {
    const { e2b } = await simulate()
    const closed = await e2b.Sandbox.create(runnerTemplate, { network: { allowPublicTraffic: false } })
    const open = await e2b.Sandbox.create(runnerTemplate)
    assert.isString(closed.trafficAccessToken)
    assert.notStrictEqual(closed.trafficAccessToken, undefined)
    assert.isNotOk(open.trafficAccessToken)
  })

  it("with a domain need everything else denied", async () => {
    const { e2b } = await simulate()
    const allowOut = ["api.github.com", "*.actions.githubusercontent.com"]
    await e2b.Sandbox.create(runnerTemplate, { network: { allowOut, denyOut: ["0.0.0.0/0"] } })
    await e2b.Sandbox.create(runnerTemplate, { network: { allowOut }, allowInternetAccess: false })
    assert.match(
      (await rejection(e2b.Sandbox.create(runnerTemplate, { network: { allowOut } }))).message,
      /^400: allowOut/
    )
  })

  it("that make no sense are refused with 400, by create and by update", async () => {
    const { e2b } = await simulate()
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate)
    const domains = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`h${n}.example.com`, []]))
    const senseless: ReadonlyArray<[SandboxNetworkUpdate, RegExp]> = [
      [{ denyOut: ["example.com"] }, /^400: denyOut/],
      [{ denyOut: ["10.0.0.0/33"] }, /^400: denyOut/],
      [{ rules: domains }, /^400: rules/]
    ]
    for (const [network, reason] of senseless) {
      assert.match((await rejection(e2b.Sandbox.create(runnerTemplate, { network }))).message, reason)
      assert.match((await rejection(e2b.Sandbox.updateNetwork(sandboxId, network))).message, reason)
    }
    const envd = { network: { httpsPorts: [49_983] } }
    assert.match((await rejection(e2b.Sandbox.create(runnerTemplate, envd))).message, /^400: httpsPorts/)
  })
})
