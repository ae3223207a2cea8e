// Jobs in a local world, and the questions that tests ask about them afterwards.
import { assert } from "@effect/vitest"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import type { JobDefinition } from "../../src/simulator/github/machine/Entities.ts"
import { labels, type Request, type World } from "./World.ts"

/** Jobs of one step that takes that long. */
export const jobs = (
  count: number,
  seconds = 0.2,
  wanted: ReadonlyArray<string> = labels
): ReadonlyArray<JobDefinition> =>
  Array.from({ length: count }, (_, index) => ({
    name: `job-${index}`,
    labels: wanted,
    steps: [{ name: "work", seconds }]
  }))

/** All of them succeeded at GitHub. */
export const succeed = (world: World, ids: ReadonlyArray<number>) => {
  const conclusions = world.conclusions()
  assert.deepStrictEqual(
    ids.map((id) => conclusions.get(id)),
    ids.map(() => "success")
  )
}

export const only = async (world: World, runnerd: RunnerdProcess, id: number): Promise<Request> => {
  const request = (await world.requests(runnerd)).find((each) => each.id === String(id))
  assert.isDefined(request)
  return request
}

/** `create` calls at E2B for this request, over the whole life of the world. */
export const creates = (world: World, id: number) => world.e2b.state("request_id").createsBy[String(id)] ?? 0

export const jobOf = (world: World, id: number) => world.github.state().jobs.find((job) => job.id === id)

export const cancel = (world: World, id: number): void => {
  const job = world.github.machine.runs.jobs.get(id)
  assert.isDefined(job)
  world.github.machine.runs.cancel(job)
}
