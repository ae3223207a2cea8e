// The world of the suites on stolen jobs and on failures: two specs, one of them for two runners at once, and a
// runnerd that waits for nothing long.
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, template, type World } from "./World.ts"

export const openWorldOfTwoSpecs = async (): Promise<{ readonly world: World; readonly runnerd: RunnerdProcess }> => {
  const world = await openWorld({
    templates: [template, "soon-gone"],
    // GitHub's minute would be the longest in these tests.
    githubLimits: { jobPickupMillis: 1500 },
    settings: { "worker.runner_idle_timeout_seconds": 2, "worker.retry_max_delay_seconds": 2 }
  })
  const runnerd = await world.start()
  await world.addSpec(runnerd)
  await world.addSpec(runnerd, { name: "two", labels: ["self-hosted", "two-at-once"], max_concurrency: 2 })
  return { world, runnerd }
}

/** Both simulators behave again, and E2B's plan is generous. */
export const behave = (world: World): void => {
  world.e2b.faults.clear()
  world.github.faults.clear()
  world.github.machine.runnerFaults.clear()
  world.github.webhookFaults.clear()
  world.e2b.fleet.setPlan({ maxConcurrent: 10_000, maxHours: 24 })
}
