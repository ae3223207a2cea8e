// Jobs and runners are not pairs: whichever runner GitHub gives a job to, every job that waits is served, no busy runner
// is killed, and nothing is left.
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { labels, openWorld, type World } from "../support/World.ts"
import { rows } from "../support/WorldDatabase.ts"
import { deliver, jobPayload } from "../support/WorldDeliveries.ts"
import { cancel, creates, jobOf, jobs, only, succeed } from "../support/WorldJobs.ts"
import { behave, openWorldOfTwoSpecs } from "../support/WorldOfTwoSpecs.ts"

const overall = 40_000

describe("jobs and runners are not pairs", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    ;({ runnerd, world } = await openWorldOfTwoSpecs())
  })
  afterAll(() => world.close())
  afterEach(() => behave(world))

  it("a job cancelled while queued takes no runner from the others, and nothing of its own is left", async () => {
    const ids = world.run(jobs(3))
    await world.until(
      "all three are requested",
      60_000,
      () => rows(world.folder, "SELECT id FROM runner_requests").length >= 3
    )
    cancel(world, ids[0]!)
    await world.allOver(overall)
    succeed(world, ids.slice(1))
    assert.strictEqual(world.conclusions().get(ids[0]!), "cancelled")
    for (const id of ids) assert.strictEqual((await only(world, runnerd, id)).status, "completed")
  })

  it("a job cancelled before its sandbox exists costs none", async () => {
    world.e2b.fleet.setPlan({ maxConcurrent: 0, maxHours: 24 })
    const [id = 0] = world.run(jobs(1))
    await world.until("it was deferred", 60_000, async () => {
      const request = (await world.requests(runnerd)).find((each) => each.id === String(id))
      return request?.status === "queued" && request.last_error_code !== null
    })
    cancel(world, id)
    await world.allOver(overall)
    world.e2b.fleet.setPlan({ maxConcurrent: 10_000, maxHours: 24 })
    assert.strictEqual(creates(world, id), 0)
    assert.strictEqual((await only(world, runnerd, id)).status, "completed")
  })

  it("a runner left over because its job was cancelled idles out; busy ones finish their jobs", async () => {
    const ids = world.run(jobs(4, 3))
    await world.until("one runs", 60_000, () => ids.some((id) => jobOf(world, id)?.status === "in_progress"))
    const queued = ids.filter((id) => jobOf(world, id)?.status === "queued")
    for (const id of queued) cancel(world, id)
    await world.allOver(overall)
    for (const id of ids) {
      assert.strictEqual(world.conclusions().get(id), queued.includes(id) ? "cancelled" : "success")
    }
  })

  it("lost events: an idle runner costs no second sandbox because of jobs that only seem to wait", async () => {
    for (const action of ["in_progress", "completed"]) {
      world.github.webhookFaults.add({ kind: "drop", event: "workflow_job", action })
    }
    const ids = world.run(jobs(3, 1))
    const last = ids[2]!
    await world.until("all three have a sandbox", 60_000, () => ids.every((id) => creates(world, id) === 1))
    cancel(world, last)
    assert.strictEqual(world.conclusions().get(last), "cancelled")
    await world.allOver(overall)
    succeed(world, ids.slice(0, 2))
    for (const id of ids) {
      assert.strictEqual(creates(world, id), 1)
      assert.strictEqual((await only(world, runnerd, id)).status, "completed")
    }
  })

  it("E-02: `completed` sent again for jobs long over changes nothing", async () => {
    const ids = world.run(jobs(2))
    await world.allOver(overall)
    const before = rows(world.folder, "SELECT * FROM runner_requests ORDER BY id")
    const creations = world.e2b.fleet.counts().creates
    const bodies = completedBodies(world, ids)
    assert.strictEqual(bodies.length, 2)
    for (const body of bodies) assert.strictEqual((await deliver(runnerd.url, "workflow_job", body)).status, 202)
    const next = world.run(jobs(1))
    await world.allOver(overall)
    succeed(world, [...ids, ...next])
    assert.deepStrictEqual(
      rows(world.folder, "SELECT * FROM runner_requests ORDER BY id").filter((row) => row["id"] !== String(next[0])),
      before
    )
    assert.strictEqual(world.e2b.fleet.counts().creates, creations + 1)
  })

  it("E-27: a spec with max_concurrency 2 and 6 jobs never has more than 2 sandboxes, and all 6 finish", async () => {
    const sizes: Array<number> = []
    world.e2b.fleet.onEnded(() => sizes.push(world.e2b.fleet.counts().running + 1))
    const ids = world.run(jobs(6, 0.2, ["self-hosted", "two-at-once"]))
    await world.allOver(overall)
    succeed(world, ids)
    assert.isAtLeast(sizes.length, 6)
    assert.isAtMost(Math.max(...sizes), 2)
  })
})

describe("registration by token", { timeout: 300_000 }, () => {
  let world: World
  afterAll(() => world.close())

  it("E-72: a runner that registers while it is being removed is removed at GitHub too", async () => {
    world = await openWorld({ settings: { "github.registration_mode": "token" } })
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    // The sandbox lives on for a while after the look at GitHub, long enough for its runner to register.
    world.e2b.faults.add({ operation: "sandbox.kill", delayMs: 3000, times: "always" })
    const [id = 0] = world.run(jobs(1))
    await world.until(
      "the runner's process is started",
      60_000,
      () => rows(world.folder, "SELECT 1 FROM runner_requests WHERE status = 'running'").length > 0
    )
    assert.strictEqual(world.github.state().runners.length, 0)
    cancel(world, id)
    await world.until("the runner is registered", 60_000, () => world.github.state().runners.length > 0)
    await world.allOver(overall)
    assert.strictEqual(creates(world, id), 1)
  })
})

describe("a job that GitHub does not know", { timeout: 300_000 }, () => {
  let world: World
  afterAll(() => world.close())

  it("ends in bounded time as failed with a reason, and nothing is left", async () => {
    world = await openWorld({
      settings: { "worker.runner_idle_timeout_seconds": 1, "worker.retry_max_attempts": 1 }
    })
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    await deliver(runnerd.url, "workflow_job", jobPayload({ id: 4711, labels }))
    await world.allOver(overall)
    const request = await only(world, runnerd, 4711)
    assert.strictEqual(request.status, "failed")
    assert.isString(request.error)
    assert.strictEqual(creates(world, 4711), 1)
  })
})

/** The very bodies that GitHub sent when these jobs ended. */
const completedBodies = (world: World, ids: ReadonlyArray<number>): ReadonlyArray<string> =>
  rows(
    world.folder,
    "SELECT body, job_id FROM webhook_deliveries WHERE event = 'workflow_job' AND action = 'completed'"
  )
    .filter((row) => ids.includes(Number(row["job_id"])))
    .map((row) => String(row["body"]))
