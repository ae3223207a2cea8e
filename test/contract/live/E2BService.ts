// E2B as a service that the contract tests can be pointed at.
//
// Answers for: how it is reached, what the tests would cost there, and removing what they left. Source of the price: E2B's
// documentation, "How do I calculate the price of a sandbox?", as of 2026-08; their pricing page is what counts.
import { E2B } from "e2b"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import type { LiveService, Settings } from "./LiveService.ts"

const dollarsPerSecond = { vCPU: 0.000014, GiB: 0.0000045 }

/** What a test takes there in comparison: sandboxes start in less than a second, calls take some hundred milliseconds. */
const slower = 10

const rehearsalKey = "e2b_rehearsal"

export const e2bService: LiveService = {
  name: "e2b",
  suites: ["test/contract/e2b"],
  settings: {
    apiKey: { variable: "E2B_API_KEY", secret: true },
    apiUrl: { variable: "E2B_API_URL", otherwise: "https://api.e2b.app" },
    sandboxUrl: { variable: "E2B_SANDBOX_URL", otherwise: "https://sandbox.e2b.app" },
    template: { variable: "E2B_TEMPLATE", otherwise: "base" }
  },

  rehearse: async () => {
    const simulator = await startE2BSimulator({ apiKeys: [rehearsalKey], templates: [{ aliases: ["base"] }] })
    const settings = { apiKey: rehearsalKey, apiUrl: simulator.url, sandboxUrl: simulator.url, template: "base" }
    const told = () => {
      const { control, envd } = simulator.calls()
      const ended = simulator.fleet.ended()
      const seconds = ended.reduce((sum, record) => sum + ((record.ended?.at ?? 0) - record.startedAt) / 1000, 0)
      const longest = ended.reduce((sum, record) => sum + (record.endAt - record.startedAt) / 1000, 0)
      const dollars = (lived: number) => (lived * (2 * dollarsPerSecond.vCPU + dollarsPerSecond.GiB)).toFixed(3)
      return [
        `${control} calls of the control API, ${envd} of envd, ${ended.length} sandboxes, at most one test's at a time`,
        `about ${Math.ceil((seconds * slower) / 60)} sandbox minutes: $${dollars(seconds * slower)}`,
        `${Math.ceil(longest / 60)} sandbox minutes if nothing ended them before their time: $${dollars(longest)}`,
        "for sandboxes of 2 vCPU and 1 GiB at $0.000014 a vCPU and $0.0000045 a GiB for each second (E2B's documentation)"
      ]
    }
    return { settings, told, close: simulator.close }
  },

  cleanUp: async ({ apiKey = "", apiUrl = "", sandboxUrl = "" }: Settings, run) => {
    const { Sandbox } = new E2B({ apiKey, apiUrl, sandboxUrl, retries: 5 })
    const left = Sandbox.list({ query: { metadata: { conformance: run }, state: ["running", "paused"] } })
    let removed = 0
    while (left.hasNext) {
      for (const { sandboxId } of await left.nextItems()) if (await Sandbox.kill(sandboxId)) removed += 1
    }
    return removed
  }
}
