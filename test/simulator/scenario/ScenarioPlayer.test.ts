// How a scenario is played: when entries are due, what they do, and how they end. The player's clock is the test's.
import { defaultRateLimits } from "../../../src/simulator/github/Options.ts"
import { endCallsOf } from "../../../src/simulator/scenario/ScenarioActions.ts"
import { assert, describe, it } from "@effect/vitest"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { readScenario } from "../../../src/simulator/scenario/ReadScenario.ts"
import { ScenarioPlayer } from "../../../src/simulator/scenario/ScenarioPlayer.ts"

const job = { name: "build", labels: ["self-hosted"] }
const run = (more: object = {}) => ({ repository: "acme/web", workflow: "ci", jobs: [{ ...job, ...more }] })

const playing = async (timeline: ReadonlyArray<unknown>, work: (parts: Parts) => Promise<void>) => {
  const document = {
    name: "test",
    installations: [{ id: 77, owner: "acme", ownerType: "Organization", repositories: ["web"] }],
    templates: [],
    timeline
  }
  const scenario = readScenario("test", JSON.stringify(document))
  const github = await startGitHubSimulator({
    app: { id: 1, webhookSecret: "secret" },
    installations: scenario.installations,
    // Nobody listens there, and nothing has to: what matters is what was tried.
    webhookUrl: "http://127.0.0.1:9/"
  })
  const e2b = await startE2BSimulator({ apiKeys: ["key"] })
  let now = 5_000
  const player = new ScenarioPlayer(scenario, { github, e2b, traffic: false, now: () => now, say: () => undefined })
  try {
    await player.prepare()
    const stepAt = (millis: number) => {
      now = 5_000 + millis
      return player.step()
    }
    await work({ github, e2b, player, stepAt })
  } finally {
    await github.close()
    await e2b.close()
  }
}

interface Parts {
  readonly github: Awaited<ReturnType<typeof startGitHubSimulator>>
  readonly e2b: Awaited<ReturnType<typeof startE2BSimulator>>
  readonly player: ScenarioPlayer
  readonly stepAt: (millis: number) => Promise<boolean>
}

describe("a scenario", () => {
  it("plays each entry once, and not before its time", () =>
    playing([{ at: 100, run: run() }], async ({ github, stepAt, player }) => {
      assert.isFalse(await stepAt(0))
      assert.isFalse(await stepAt(99))
      assert.lengthOf(player.outstanding, 1)
      assert.isEmpty(github.state().runs)
      assert.isTrue(await stepAt(100))
      assert.isTrue(await stepAt(500))
      assert.lengthOf(github.state().runs, 1)
    }))

  it("approves a job when it waits, and not before", () =>
    playing(
      [
        { at: 0, when: { job: "acme/web build", is: "waiting" }, approve: "acme/web build" },
        { at: 50, run: run({ environment: "production" }) }
      ],
      async ({ github, stepAt }) => {
        assert.isFalse(await stepAt(0))
        await stepAt(50)
        assert.deepStrictEqual(
          github.state().jobs.map(({ status }) => status),
          ["waiting"]
        )
        assert.isTrue(await stepAt(60))
        assert.deepStrictEqual(
          github.state().jobs.map(({ status }) => status),
          ["queued"]
        )
      }
    ))

  it("sends again what did not reach its receiver, and nothing else", () =>
    playing(
      [
        { at: 0, webhookFaults: [{ kind: "unreached", event: "workflow_job", action: "queued" }] },
        { at: 0, run: run() },
        { at: 10, redeliver: "failed" }
      ],
      async ({ github, stepAt }) => {
        await stepAt(0)
        const lost = github.state().deliveries.find(({ event }) => event === "workflow_job")
        assert.deepStrictEqual([lost?.status, lost?.status_code], ["failed to connect to host", 502])
        assert.deepStrictEqual([...github.webhookFaults.met], [["unreached workflow_job queued", 1]])
        await stepAt(10)
        const again = github.state().deliveries.filter(({ redelivery }) => redelivery)
        assert.include(
          again.map(({ guid }) => guid),
          lost?.guid
        )
      }
    ))

  it("ends what has an end", () =>
    playing(
      [{ at: 0, forMs: 100, e2bFaults: [{ operation: "*", answer: "reset", times: "always" }] }],
      async (parts) => {
        const { e2b, stepAt } = parts
        assert.isFalse(await stepAt(0))
        assert.lengthOf(e2b.faults.pending(), 1)
        assert.isFalse(await stepAt(99))
        assert.lengthOf(e2b.faults.pending(), 1)
        assert.isTrue(await stepAt(100))
        assert.isEmpty(e2b.faults.pending())
      }
    ))

  it("puts the limits back to what the scenario began with", () => {
    const calls = endCallsOf(
      { at: 0, rateLimits: { enforced: true, requestsPerHour: 7 } },
      { rateLimits: { enforced: true } }
    )
    assert.deepStrictEqual(calls, [
      { side: "github", method: "PUT", path: "/limits", body: { ...defaultRateLimits, enforced: true } }
    ])
  })

  it("lets so many sandboxes vanish as it says", () =>
    playing([{ at: 0, vanishing: { seed: 1, share: 1, afterMs: [0, 0], times: 1 } }], async ({ e2b, stepAt }) => {
      await stepAt(0)
      assert.deepStrictEqual(e2b.vanishing.plan, { seed: 1, share: 1, afterMs: [0, 0], times: 1 })
    }))
})
