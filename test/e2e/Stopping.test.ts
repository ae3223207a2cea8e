// An operator stops requests over HTTP, with the real clients against the simulators: nothing is left, whatever the stage.
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type Request, type World } from "../support/World.ts"
import { count } from "../support/WorldDatabase.ts"
import { cancel, creates, jobOf, jobs, only } from "../support/WorldJobs.ts"
import { behave } from "../support/WorldOfTwoSpecs.ts"

const overall = 40_000

describe("DELETE /runner_requests/{id}", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    // So that GitHub soon gives up a runner that vanished with its job.
    world = await openWorld({
      githubLimits: { offlineAfterMillis: 5000, lostRunnerMillis: 1000 },
      settings: { "worker.retry_max_delay_seconds": 2 }
    })
    runnerd = await world.start()
    await world.addSpec(runnerd)
  })
  afterAll(() => world.close())
  afterEach(() => behave(world))

  const stop = (id: number) => callApi<Request>(runnerd.url, "DELETE", `/runner_requests/${id}?reason=test`)

  const stopped = (id: number) =>
    world.until("the request has ended and nothing is outside", overall, async () => {
      const request = await only(world, runnerd, id)
      const nothingLeft = world.e2b.fleet.counts().running === 0 && world.github.state().runners.length === 0
      return request.status === "completed" && nothingLeft && request
    })

  it("while E2B creates: the late sandbox is killed, nothing is registered, and the job gets no other (E-32)", async () => {
    world.e2b.faults.add({ operation: "sandbox.create", delayMs: 1500, times: 1 })
    const [id = 0] = world.run(jobs(1))
    await world.until(
      "the sandbox is being created",
      60_000,
      () => count(world.folder, "SELECT count(*) FROM runner_requests WHERE status = 'creating'") === 1
    )
    await stop(id)
    await stopped(id)
    assert.strictEqual(creates(world, id), 1)
    assert.strictEqual(jobOf(world, id)?.status, "queued")
    cancel(world, id)
    await world.allOver(overall)
    assert.strictEqual(count(world.folder, `SELECT count(*) FROM runner_requests WHERE job_id = ${id}`), 1)
  })

  it("of a runner that works: its job ends at GitHub, and sandbox and registration are gone", async () => {
    const [id = 0] = world.run(jobs(1, 60))
    await world.until("the job runs", 60_000, () => jobOf(world, id)?.status === "in_progress")
    assert.strictEqual((await stop(id)).status, "running")
    assert.include(["running", "stopping"], (await stop(id)).status)
    await stopped(id)
    await world.allOver(overall)
    assert.strictEqual(world.conclusions().get(id), "failure")
    assert.strictEqual(creates(world, id), 1)
  })
})
