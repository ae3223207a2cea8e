// Passing failures and limits of E2B and GitHub: the job is done all the same, no attempt is spent on waiting, and no other
// sandbox is left.
import { afterAll, afterEach, assert, beforeAll, describe, it } from "@effect/vitest"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { template, type World } from "../support/World.ts"
import { rows } from "../support/WorldDatabase.ts"
import { cancel, creates, jobOf, jobs, only, succeed } from "../support/WorldJobs.ts"
import { behave, openWorldOfTwoSpecs } from "../support/WorldOfTwoSpecs.ts"

const overall = 40_000

describe("limits and failures of E2B and GitHub", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    ;({ runnerd, world } = await openWorldOfTwoSpecs())
  })
  afterAll(() => world.close())
  afterEach(() => behave(world))

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
      answer: { failure: "server_error" }
    })
    const [id = 0] = world.run(jobs(1))
    await world.allOver(overall)
    succeed(world, [id])
    assert.strictEqual((await only(world, runnerd, id)).retry_count, 1)
  })

  it("E-45: GitHub's secondary rate limit only defers until it says, and spends no attempt", async () => {
    world.github.faults.add({
      operation: "actions/generate-runner-jitconfig-for-repo",
      answer: {
        status: 403,
        headers: { "retry-after": "1" },
        body: { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." }
      }
    })
    const [id = 0] = world.run(jobs(1))
    await world.allOver(overall)
    succeed(world, [id])
    const request = await only(world, runnerd, id)
    assert.strictEqual(request.retry_count, 0)
  })

  it("a broken output stream is connected again and disturbs no job", async () => {
    const [id = 0] = world.run(jobs(1, 2))
    await world.until("it runs", 60_000, () => jobOf(world, id)?.status === "in_progress")
    const [sandbox] = world.e2b.fleet.live()
    const cut = await fetch(`${world.e2b.controlUrl}/_control/sandboxes/${sandbox?.sandboxID}/streams`, {
      method: "DELETE"
    })
    assert.isAbove(((await cut.json()) as { cut: number }).cut, 0)
    await world.allOver(overall)
    succeed(world, [id])
    assert.strictEqual(creates(world, id), 1)
    const codes = rows(world.folder, "SELECT code FROM request_events WHERE request_id = ?", String(id))
    assert.includeMembers(
      codes.map((row) => row["code"]),
      ["stream_lost", "stream_reconnected", "completed"]
    )
  })

  it("a sandbox that vanishes before its runner took a job is replaced", async () => {
    world.github.faults.add({ operation: "actions/generate-runner-jitconfig-for-repo", delayMs: 1500 })
    const [id = 0] = world.run(jobs(1))
    const sandbox = await world.until("it has a sandbox", 60_000, () => [...world.e2b.fleet.live()][0])
    world.e2b.fleet.vanish(sandbox.sandboxID)
    await world.allOver(overall)
    succeed(world, [id])
    assert.strictEqual(creates(world, id), 2)
    assert.strictEqual((await only(world, runnerd, id)).status, "completed")
  })

  it("a runner that dies as GitHub sends it a job, with exit code 0, is replaced at once and says so", async () => {
    world.github.machine.runnerFaults.add({ kind: "crash_before_job" })
    const [id = 0] = world.run(jobs(1))
    await world.allOver(overall)
    succeed(world, [id])
    assert.strictEqual(creates(world, id), 2)
    const request = await only(world, runnerd, id)
    assert.deepInclude(request, { status: "completed", retry_count: 1, last_error_code: "runner_exited" })
    assert.include(request.last_error_message ?? "", "ended with code 0 before it took a job")
    assert.strictEqual((await world.requests(runnerd)).filter((each) => each.workflow_job_id === id).length, 1)
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
    const request = await world.until("it has failed", 60_000, async () => {
      return (await world.requests(runnerd)).find((each) => each.id === String(id) && each.status === "failed")
    })
    assert.strictEqual(request.failure_stage, "sandbox_create")
    assert.match(request.error ?? "", /template/i)
    assert.match(request.error ?? "", /soon-gone/)
    assert.strictEqual(creates(world, id), 0)
    cancel(world, id)
    await world.allOver(overall)
  })
})
