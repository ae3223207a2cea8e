// Webhooks that are lost, refused, sent three times or out of order, at the simulated GitHub over HTTP: every job gets its
// runner all the same, each costs one sandbox, and each says by which path it came to be known.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { rows } from "../support/WorldDatabase.ts"
import { cancel, creates, jobOf, jobs, succeed } from "../support/WorldJobs.ts"

const overall = 90_000
/** Which runs a repository has cannot be asked. */
const unlisted = { operation: "actions/list-workflow-runs-for-repo", answer: { status: 500 }, times: 10_000 } as const

const repositories = ["acme/web", "acme/api"]

describe("webhooks that do not come as they should", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    world = await openWorld({
      installations: [{ id: 907, owner: "acme", ownerType: "Organization", repositories: ["web", "api", "quiet"] }],
      scripted: true,
      settings: {
        "repair.workflow_run_delay_seconds": 1,
        "repair.deliveries_interval_seconds": 1,
        "repair.reconcile_interval_seconds": 2,
        "worker.runner_idle_timeout_seconds": 3
      }
    })
    runnerd = await world.start()
    await world.addSpec(runnerd)
  })
  afterAll(() => world.close())

  const knownOf = (ids: ReadonlyArray<number>) =>
    rows(world.folder, "SELECT job_id, path, announced_at FROM workflow_jobs").filter((row) =>
      ids.includes(row["job_id"] as number)
    )

  /** Jobs by the path that found them, and those that webhooks alone would have lost. */
  const paths = (ids: ReadonlyArray<number>) => {
    const known = knownOf(ids)
    const counts = Object.fromEntries(
      ["webhook", "workflow_run", "redelivery", "reconcile"].map((path) => [
        path,
        known.filter((row) => row["path"] === path).length
      ])
    )
    const lost = known.filter((row) => row["path"] !== "webhook" && row["announced_at"] === null)
    return { counts, lost: lost.length }
  }

  const runs = (count: number, size: number): ReadonlyArray<number> =>
    Array.from({ length: count }, (_, index) => world.run(jobs(size), repositories[index % 2])).flat()

  it("10 % of all webhooks are dropped: all jobs start, and each tells by which path it was found", async () => {
    world.github.webhookFaults.seed = 20_261_126
    world.github.webhookFaults.add({ kind: "drop", chance: 0.1 })
    const ids = runs(20, 5)
    await world.allOver(overall)
    const { dropped } = world.github.webhookFaults
    world.github.webhookFaults.clear()
    succeed(world, ids)
    const { counts, lost } = paths(ids)
    const unannounced = knownOf(ids).filter((row) => row["announced_at"] === null).length
    console.log(
      `${ids.length} jobs, ${dropped} webhooks dropped, ${unannounced} of them queued; found by`,
      counts,
      `; ${lost} would have been lost`
    )
    assert.isAbove(dropped, 0)
    assert.strictEqual(
      Object.values(counts).reduce((sum, one) => sum + one, 0),
      ids.length
    )
    // Of a job that another's runner takes GitHub tells by the event of its start, so that not each of them is lost.
    assert.isAbove(unannounced, 0)
  })

  it("every queued event is dropped, and no event of runs is sent: the rounds find all jobs", async () => {
    world.github.webhookFaults.add({ kind: "drop", action: "queued" })
    world.github.webhookFaults.add({ kind: "drop", event: "workflow_run" })
    const ids = runs(2, 3)
    await world.allOver(overall)
    world.github.webhookFaults.clear()
    succeed(world, ids)
    const { counts, lost } = paths(ids)
    assert.deepInclude(counts, { webhook: 0, redelivery: 0, workflow_run: 0 })
    assert.strictEqual(counts["reconcile"], ids.length)
    assert.strictEqual(lost, ids.length)
  })

  it("every queued event is dropped, and the rounds find nothing: the events of runs bring all jobs (E-19)", async () => {
    world.github.webhookFaults.add({ kind: "drop", event: "workflow_job", action: "queued" })
    world.github.faults.add(unlisted)
    const ids = runs(2, 3)
    await world.allOver(overall)
    world.github.webhookFaults.clear()
    world.github.faults.clear()
    succeed(world, ids)
    assert.deepEqual(paths(ids), {
      counts: { webhook: 0, workflow_run: ids.length, redelivery: 0, reconcile: 0 },
      lost: ids.length
    })
  })

  it("deliveries that GitHub could not make are fetched from its log", async () => {
    const target = `${runnerd.url}/webhooks/github`
    // No server answers there, so GitHub notes each delivery as failed.
    world.github.setWebhook({ url: "http://127.0.0.1:1/webhooks/github" })
    world.github.faults.add({
      operation: "actions/list-workflow-runs-for-repo",
      answer: { status: 500 },
      times: 10_000
    })
    const ids = runs(2, 2)
    await world.until("the deliveries have failed", 60_000, () => world.github.state().pendingDeliveries === 0)
    world.github.setWebhook({ url: target })
    await world.allOver(overall)
    world.github.faults.clear()
    succeed(world, ids)
    const { counts } = paths(ids)
    assert.strictEqual(counts["webhook"], 0)
    assert.isAbove(counts["redelivery"] ?? 0, 0)
  })

  it("the end of a queued job that nobody told of ends its request before it costs a sandbox", async () => {
    world.e2b.fleet.setPlan({ maxConcurrent: 0, maxHours: 24 })
    const [id = 0] = world.run(jobs(1))
    await world.until("its request waits for room", 60_000, async () =>
      (await world.requests(runnerd)).find((each) => each.id === String(id) && each.last_error_code !== null)
    )
    world.github.webhookFaults.add({ kind: "drop" })
    cancel(world, id)
    await world.until("its request has ended", 60_000, async () =>
      (await world.requests(runnerd)).find((each) => each.id === String(id) && each.status === "completed")
    )
    world.github.webhookFaults.clear()
    world.e2b.fleet.setPlan({ maxConcurrent: 10_000, maxHours: 24 })
    assert.strictEqual(jobOf(world, id)?.conclusion, "cancelled")
    assert.strictEqual(creates(world, id), 0)
    await world.allOver(overall)
  })

  it("each queued event three times, others late or out of order: one create per job (E-01)", async () => {
    world.github.webhookFaults.add({ kind: "duplicate", action: "queued" })
    world.github.webhookFaults.add({ kind: "duplicate", action: "queued" })
    world.github.webhookFaults.add({ kind: "reorder", chance: 0.3, delayMs: 300 })
    const ids = runs(4, 5)
    await world.allOver(overall)
    world.github.webhookFaults.clear()
    succeed(world, ids)
    for (const id of ids) assert.strictEqual(creates(world, id), 1, `creates of job ${id}`)
  })

  it("queued three times, but only after the job is completed: one create per job", async () => {
    world.github.webhookFaults.add({ kind: "duplicate", action: "queued" })
    world.github.webhookFaults.add({ kind: "duplicate", action: "queued" })
    world.github.webhookFaults.add({ kind: "delay", action: "queued", delayMs: 12_000 })
    const ids = runs(2, 2)
    await world.until("all jobs are over, their queued events still to come", overall, () =>
      ids.every((id) => jobOf(world, id)?.status === "completed")
    )
    assert.isAbove(world.github.state().pendingDeliveries, 0)
    world.github.webhookFaults.clear()
    await world.allOver(overall)
    succeed(world, ids)
    assert.strictEqual(paths(ids).lost, 0)
    for (const id of ids) assert.strictEqual(creates(world, id), 1, `creates of job ${id}`)
  })
})
