// runnerd dies in the middle of a burst, and comes back on the same database.
//
// Gotcha: what GitHub sends while nothing listens is lost for ever, as with the real one.
import { afterEach, assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { labels, openWorld, type World } from "../support/World.ts"
import { count, rows } from "../support/WorldDatabase.ts"
import { cancel } from "../support/WorldJobs.ts"

const jobs = 50
const atOnce = 20
let world: World

afterEach(() => world.close())

const open = async (registrationMode: "jit" | "token") => {
  world = await openWorld({
    settings: {
      "github.registration_mode": registrationMode,
      "worker.runner_idle_timeout_seconds": 3,
      "worker.retry_max_delay_seconds": 3
    }
  })
  // Long enough that a crash finds some in flight.
  world.e2b.faults.add({ operation: "sandbox.create", delayMs: 100, times: "always" })
}

/** Each job leaves its name in a file, so that a second run of it would be seen. */
const burst = (seconds: number) =>
  world.run(
    Array.from({ length: jobs }, (_, index) => ({
      name: `job-${index}`,
      labels,
      steps: [
        { name: "work", seconds },
        { name: "mark", run: `echo job-${index} >> ${join(world.folder, "ran")}` }
      ]
    }))
  )

const ran = () => readFileSync(join(world.folder, "ran"), "utf8").trim().split("\n").toSorted()
const inProgress = () => world.github.state().jobs.filter((job) => job.status === "in_progress")

const assertEachJobRanOnce = (ids: ReadonlyArray<number>) => {
  const conclusions = world.conclusions()
  assert.deepStrictEqual(
    ids.filter((id) => conclusions.get(id) !== "success"),
    []
  )
  assert.deepStrictEqual(ran(), Array.from({ length: jobs }, (_, index) => `job-${index}`).toSorted())
}

/**
 * A crash costs a request one sandbox at most. A job whose runner was given another one gets a replacement (`<job id>-2`), a
 * request of its own, and more than one while jobs seem to wait whose begin nobody was told: so these are bounded in all.
 */
const assertAtMostOneExtraSandboxEach = () => {
  const byRequest = Object.entries(world.e2b.state("request_id").createsBy)
  const replacements = byRequest.filter(([id]) => id.includes("-"))
  const many = [
    ...byRequest.filter(([, creates]) => creates > 2),
    ...(replacements.length > jobs / 2 ? replacements : [])
  ]
  const lives = many.flatMap(([id]) =>
    rows(
      world.folder,
      "SELECT request_id, code, message FROM request_events WHERE request_id LIKE ? || '%' ORDER BY id",
      id.split("-")[0] ?? id
    )
  )
  const lines = lives.map((entry) => `${entry["request_id"]} ${entry["code"]} ${entry["message"]}`)
  assert.deepStrictEqual(
    many,
    [],
    `more than one extra sandbox for a request, or many replacements\n${lines.join("\n")}`
  )
}

describe("a crash in the middle of a burst", { timeout: 150_000 }, () => {
  for (const mode of ["jit", "token"] as const) {
    it(`kill -9 and a restart lose no job, run none twice and leave nothing behind (${mode})`, async () => {
      await open(mode)
      const first = await world.start()
      await world.addSpec(first, { max_concurrency: atOnce })
      const ids = burst(1)
      await world.until("all queued webhooks are answered", 60_000, () => {
        const answered = world.github
          .state()
          .deliveries.filter((each) => each.action === "queued" && each.status === "OK")
        return answered.length >= jobs
      })
      await world.until("the burst is in full swing", 60_000, () => {
        return world.e2b.fleet.counts().creates >= 15 && inProgress().length >= 3
      })
      await first.kill()
      const interrupted = inProgress().map((job) => job.id)
      await world.until("a job ends that nobody hears of", 60_000, () =>
        interrupted.some((id) => world.conclusions().get(id) === "success")
      )

      await world.start()
      await world.allOver(90_000)
      assertEachJobRanOnce(ids)
      assertAtMostOneExtraSandboxEach()
      assert.strictEqual(count(world.folder, "SELECT count(DISTINCT job_id) FROM runner_requests"), jobs)
      assert.deepStrictEqual(
        rows(world.folder, "SELECT id, error FROM runner_requests WHERE status <> 'completed'"),
        []
      )
    })
  }

  it("SIGTERM ends with code 0 and disturbs no running job; the next process takes the same sandboxes over", async () => {
    await open("jit")
    const first = await world.start()
    await world.addSpec(first, { max_concurrency: atOnce })
    const ids = burst(2)
    await world.until("some jobs run", 60_000, () => inProgress().length >= 8)
    const exitCode = await first.stop()
    assert.strictEqual(exitCode, 0)
    const running = inProgress().map((job) => job.runnerName)
    assert.isAbove(running.length, 0)
    // A request that was still creating is provisioned anew once its busy runner is done; the counts below hold for it too.
    const adopted = rows(world.folder, "SELECT id FROM runner_requests WHERE status = 'running'").map(
      (row) => row["id"]
    )
    assert.isNotEmpty(adopted)
    const sandboxes = () =>
      rows(world.folder, "SELECT id, runner_name, sandbox_id FROM runner_requests ORDER BY id").filter((row) =>
        adopted.includes(row["id"])
      )
    const before = sandboxes()
    await world.until("some of them end while nobody listens", 60_000, () => inProgress().length < running.length / 2)
    const second = await world.start()
    await world.allOver(90_000)
    assert.deepStrictEqual(sandboxes(), before)
    assertEachJobRanOnce(ids)
    assertAtMostOneExtraSandboxEach()
    assert.strictEqual(await second.stop(), 0)
  })

  it("SIGTERM while a runner is being made: it is finished first, and the next process takes it over", async () => {
    await open("jit")
    world.e2b.faults.clear()
    world.e2b.faults.add({ operation: "sandbox.create", delayMs: 1500, times: 1 })
    const first = await world.start()
    await world.addSpec(first)
    const [id = 0] = world.run([{ name: "one", labels, steps: [{ name: "work", seconds: 3 }] }])
    await world.until(
      "its sandbox is being created",
      60_000,
      () => count(world.folder, "SELECT count(*) FROM runner_requests WHERE status = 'creating'") === 1
    )
    assert.strictEqual(await first.stop(), 0)
    assert.deepStrictEqual(rows(world.folder, "SELECT status, owner FROM runner_requests"), [
      { status: "running", owner: null }
    ])
    await world.start()
    await world.allOver(60_000)
    assert.strictEqual(world.conclusions().get(id), "success")
    assert.deepStrictEqual(world.e2b.state("request_id").createsBy, { [String(id)]: 1 })
  })

  it("a job that was cancelled while nobody listened costs no sandbox afterwards", async () => {
    await open("jit")
    world.e2b.fleet.setPlan({ maxConcurrent: 0, maxHours: 24 })
    const first = await world.start()
    await world.addSpec(first)
    const [cancelled = 0, wanted = 0] = world.run([
      { name: "cancelled", labels, steps: [] },
      { name: "wanted", labels, steps: [] }
    ])
    await world.until("both wait for room at E2B", 60_000, () => {
      return count(world.folder, "SELECT count(*) FROM runner_requests WHERE last_error_class = 'deferred'") === 2
    })
    await first.kill()
    cancel(world, cancelled)
    world.e2b.fleet.setPlan({ maxConcurrent: 20, maxHours: 24 })
    await world.start()
    await world.allOver(60_000)
    assert.strictEqual(world.conclusions().get(wanted), "success")
    assert.deepStrictEqual(world.e2b.state("request_id").createsBy, { [String(wanted)]: 1 })
  })
})
