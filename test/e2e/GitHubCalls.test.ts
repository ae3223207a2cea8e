// What a job costs in calls to GitHub once runnerd is at work, by what the simulated GitHub counted.
import { assert, describe, it } from "@effect/vitest"
import { labels, openWorld } from "../support/World.ts"
import { creates, jobs, succeed } from "../support/WorldJobs.ts"

const count = 30

// In a runner group, which has to be looked at as well.
describe("calls to GitHub for each job, with all that a runner's life needs", { timeout: 300_000 }, () => {
  for (const [mode, most, installation] of [
    ["jit", 1.3, 931],
    ["token", 0.3, 932]
  ] as const) {
    it(`are at most ${most} by ${mode}`, async () => {
      const runnerGroups = [{ name: "GPU", repositories: ["web"] }]
      const acme = { owner: "acme", ownerType: "Organization", repositories: ["web"], runnerGroups } as const
      const world = await openWorld({
        // Octokit shares tokens by installation.
        installations: [{ id: installation, ...acme }],
        settings: { "github.registration_mode": mode }
      })
      try {
        const runnerd = await world.start()
        await world.addSpec(runnerd, { labels, runner_group: "GPU" })
        // What runners ask for themselves is not runnerd's.
        const asked = () =>
          Object.entries(world.github.state().restCalls).filter(([call]) => !call.includes("/_runner/"))
        const total = () => asked().reduce((sum, [, times]) => sum + times, 0)
        world.run(jobs(1))
        await world.allOver(40_000)
        const before = total()
        const ids = world.run(jobs(count))
        await world.allOver(100_000)
        succeed(world, ids)
        assert.isTrue(ids.every((id) => creates(world, id) === 1))
        assert.isAtMost((total() - before) / count, most, `${before} before, of all ${JSON.stringify(asked())}`)
      } finally {
        await world.close()
      }
    })
  }
})
