// What `runnerd simulate --once` still waits for: entries, jobs, webhooks, and what was made for the jobs.
//
// Answers for: one line for each; all is over when there is none. It asks the simulators alone, because the runnerd beside
// them may be anybody's.
import type { ScenarioPlayer } from "../simulator/scenario/ScenarioPlayer.ts"
import { runnersLeft, sandboxesLeft } from "./Leftovers.ts"
import type { LocalWorld } from "./LocalWorld.ts"

export const awaited = (world: LocalWorld, player: ScenarioPlayer): ReadonlyArray<string> => {
  const jobs = [...world.github.machine.runs.jobs.values()].filter(({ status }) => status !== "completed")
  const { pendingDeliveries } = world.github.state()
  return [
    ...player.outstanding.map((entry) => `did not happen yet: ${entry}`),
    ...jobs.map(({ run, definition, status }) => `${run.repository.fullName} ${definition.name}: ${status}`),
    ...[sandboxesLeft(world), runnersLeft(world)].flatMap(({ kind, found }) => found.map((id) => `${kind}: ${id}`)),
    ...(pendingDeliveries === 0 ? [] : [`webhooks on their way: ${pendingDeliveries}`])
  ]
}
