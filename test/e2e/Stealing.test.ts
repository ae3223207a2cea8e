// Jobs and runners are not pairs: whichever runner GitHub gives a job to, every job that waits is served, no busy runner
// is killed, and nothing is left. Also the limits and the passing failures of E2B and GitHub.
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import type { JobDefinition } from "../../src/simulator/github/machine/Entities.ts"
import { labels, openWorld, template, type Request, type World } from "../support/World.ts"
import { rows } from "../support/WorldDatabase.ts"
import { deliver } from "../support/WorldDeliveries.ts"

const overall = 40_000

const jobs = (count: number, seconds = 0.2, wanted: ReadonlyArray<string> = labels): ReadonlyArray<JobDefinition> =>
  Array.from({ length: count }, (_, index) => ({
    name: `job-${index}`,
    labels: wanted,
    steps: [{ name: "work", seconds }]
  }))

const succeed = (world: World, ids: ReadonlyArray<number>) => {
  const conclusions = world.conclusions()
  assert.deepStrictEqual(
    ids.map((id) => conclusions.get(id)),
    ids.map(() => "success")
  )
}

const only = async (world: World, runnerd: RunnerdProcess, id: number): Promise<Request> => {
  const request = (await world.requests(runnerd)).find((each) => each.id === String(id))
  assert.isDefined(request)
  return request
}

/** `create` calls at E2B per request, over the whole life of the world. */
const creates = (world: World, id: number) => world.e2b.state("request_id").createsBy[String(id)] ?? 0

describe("jobs and runners are not pairs", { timeout: 60_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    world = await openWorld({
      templates: [template, "soon-gone"],
      settings: { "worker.runner_idle_timeout_seconds": 2, "worker.retry_max_delay_seconds": 2 }
    })
    runnerd = await world.start()
    await world.addSpec(runnerd)
    await world.addSpec(runnerd, { name: "two", labels: ["self-hosted", "two-at-once"], max_concurrency: 2 })
  })
  afterAll(() => world.close())
  afterEach(() => {
    world.e2b.faults.clear()
    world.github.faults.clear()
    world.github.webhookFaults.clear()
    world.e2b.fleet.setPlan({ maxConcurrent: 10_000, maxHours: 24 })
  })

  it("a job cancelled while queued takes no runner from the others, and nothing of its own is left", async () => {
    const ids = world.run(jobs(3))
    await world.until(
      "all three are requested",
      5000,
      () => rows(world.folder, "SELECT id FROM runner_requests").length >= 3
    )
    world.github.machine.runs.cancel(world.github.machine.runs.jobs.get(ids[0]!)!)
    await world.allOver(overall)
    succeed(world, ids.slice(1))
    assert.strictEqual(world.conclusions().get(ids[0]!), "cancelled")
    for (const id of ids) assert.strictEqual((await only(world, runnerd, id)).status, "completed")
  })

  it("a job cancelled before its sandbox exists costs none", async () => {
    world.e2b.fleet.setPlan({ maxConcurrent: 0, maxHours: 24 })
    const [id = 0] = world.run(jobs(1))
    await world.until("it was deferred", 5000, async () => {
      const request = (await world.requests(runnerd)).find((each) => each.id === String(id))
      return request?.status === "queued" && request.last_error_code !== null
    })
    world.github.machine.runs.cancel(world.github.machine.runs.jobs.get(id)!)
    await world.allOver(overall)
    world.e2b.fleet.setPlan({ maxConcurrent: 10_000, maxHours: 24 })
    assert.strictEqual(creates(world, id), 0)
    assert.strictEqual((await only(world, runnerd, id)).status, "completed")
  })

  it("a runner left over because its job was cancelled idles out; busy ones finish their jobs", async () => {
    const ids = world.run(jobs(4, 3))
    await world.until("one runs", 15_000, () => ids.some((id) => jobOf(world, id)?.status === "in_progress"))
    const queued = ids.filter((id) => jobOf(world, id)?.status === "queued")
    for (const id of queued) world.github.machine.runs.cancel(world.github.machine.runs.jobs.get(id)!)
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
    await world.until("all three have a sandbox", 10_000, () => ids.every((id) => creates(world, id) === 1))
    world.github.machine.runs.cancel(world.github.machine.runs.jobs.get(last)!)
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

  it("E-29: E2B's own limit of sandboxes only defers: no attempt is spent, and all jobs finish", async () => {
    world.e2b.fleet.setPlan({ maxConcurrent: 2, maxHours: 24 })
    const refused = world.e2b.fleet.counts().refusedCreates
    const ids = world.run(jobs(6))
    await world.allOver(overall)
    succeed(world, ids)
    assert.isAbove(world.e2b.fleet.counts().refusedCreates, refused)
    for (const id of ids) assert.strictEqual((await only(world, runnerd, id)).retry_count, 0)
  })

  for (const [what, fault] of [
    ["answers 500", { operation: "sandbox.create", answer: { status: 500 } }],
    ["resets the connection", { operation: "sandbox.create", answer: "reset" }],
    ["creates, but its answer is lost", { operation: "sandbox.create", answer: "reset", when: "after" }],
    ["creates, but answers 500", { operation: "sandbox.create", answer: { status: 500 }, when: "after" }]
  ] as const) {
    it(`E-38: E2B ${what} once: the job succeeds and no other sandbox is left`, async () => {
      world.e2b.faults.add(fault)
      const [id = 0] = world.run(jobs(1))
      await world.allOver(overall)
      succeed(world, [id])
      assert.strictEqual((await only(world, runnerd, id)).status, "completed")
      assert.isAtMost(creates(world, id), 2)
      assert.strictEqual(world.e2b.faults.pending().length, 0)
    })
  }

  it("GitHub answers 500 once when the runner is registered: the job succeeds", async () => {
    world.github.faults.add({
      operation: "actions/generate-runner-jitconfig-for-repo",
      status: 500,
      body: { message: "Server Error" },
      times: 1
    })
    const [id = 0] = world.run(jobs(1))
    await world.allOver(overall)
    succeed(world, [id])
    assert.strictEqual((await only(world, runnerd, id)).retry_count, 1)
  })

  it("a template that E2B no longer knows fails the request with what to fix, and costs no sandbox", async () => {
    await world.addSpec(runnerd, { name: "gone", labels: ["self-hosted", "gone"], template_id: "soon-gone" })
    // Takes the runner out of the other template too, so this test is the last of its world.
    const left = await fetch(`${world.e2b.controlUrl}/_control/templates`, {
      method: "PUT",
      body: JSON.stringify([{ aliases: [template] }])
    })
    assert.strictEqual(left.status, 204)
    const [id = 0] = world.run(jobs(1, 0, ["self-hosted", "gone"]))
    const request = await world.until("it has failed", 10_000, async () => {
      return (await world.requests(runnerd)).find((each) => each.id === String(id) && each.status === "failed")
    })
    assert.strictEqual(request.failure_stage, "sandbox_create")
    assert.match(request.error ?? "", /template/i)
    assert.match(request.error ?? "", /soon-gone/)
    assert.strictEqual(creates(world, id), 0)
    world.github.machine.runs.cancel(world.github.machine.runs.jobs.get(id)!)
    await world.allOver(overall)
  })
})

describe("registration by token", { timeout: 60_000 }, () => {
  let world: World
  afterAll(() => world.close())

  it("E-72: a runner that registers while it is being removed is removed at GitHub too", async () => {
    world = await openWorld({ settings: { "github.registration_mode": "token" } })
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    // The sandbox lives on for a while after the look at GitHub, long enough for its runner to register.
    world.e2b.faults.setLatency({ "sandbox.kill": 3000 })
    const [id = 0] = world.run(jobs(1))
    await world.until(
      "the runner's process is started",
      10_000,
      () => rows(world.folder, "SELECT 1 FROM runner_requests WHERE status = 'running'").length > 0
    )
    assert.strictEqual(world.github.state().runners.length, 0)
    world.github.machine.runs.cancel(world.github.machine.runs.jobs.get(id)!)
    await world.until("the runner is registered", 10_000, () => world.github.state().runners.length > 0)
    await world.allOver(overall)
    assert.strictEqual(creates(world, id), 1)
  })
})

const jobOf = (world: World, id: number) => world.github.state().jobs.find((job) => job.id === id)

/** The very bodies that GitHub sent when these jobs ended. */
const completedBodies = (world: World, ids: ReadonlyArray<number>): ReadonlyArray<string> =>
  rows(
    world.folder,
    "SELECT body, job_id FROM webhook_deliveries WHERE event = 'workflow_job' AND action = 'completed'"
  )
    .filter((row) => ids.includes(Number(row["job_id"])))
    .map((row) => String(row["body"]))
