// A world whose runners cost no processes: runnerd cannot tell it from the other one.
import { afterEach, assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { labels, openWorld, type World } from "../support/World.ts"

describe("a scripted world", { timeout: 300_000 }, () => {
  let world: World
  afterEach(() => world.close())

  it("serves many jobs at once, each in a sandbox of its own, and leaves nothing; no file and no process is made", async () => {
    world = await openWorld({ scripted: true, settings: { "worker.max_concurrent_runners": "unlimited" } })
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    const fails = { name: "fails", exitCode: 3 }
    const ids = world.run(
      Array.from({ length: 40 }, (_, n) => ({
        name: `job-${n}`,
        labels,
        steps: [{ name: "work", run: "exit 1", seconds: 0.2 }, ...(n === 0 ? [fails] : [])]
      }))
    )
    await world.allOver(50_000)
    for (const [index, id] of ids.entries()) {
      assert.strictEqual(world.conclusions().get(id), index === 0 ? "failure" : "success")
    }
    const { jobs } = world.github.state()
    assert.strictEqual(new Set(jobs.map((job) => job.runnerName)).size, 40)
    for (const { log } of jobs) assert.match(log, /E2B sandbox id: i\w{20}\n/)
    const folder = join(world.folder, "sandboxes")
    assert.isEmpty(existsSync(folder) ? readdirSync(folder) : [])
  })

  it("passes faults of runners on: GitHub fails the jobs of those that die, the others succeed, nothing is left", async () => {
    world = await openWorld({ scripted: true, githubLimits: { offlineAfterMillis: 500, lostRunnerMillis: 500 } })
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    world.github.machine.runnerFaults.add({ kind: "crash_during_job", times: 2 })
    const jobs = Array.from({ length: 4 }, (_, n) => ({
      name: `job-${n}`,
      labels,
      steps: [{ name: "s", seconds: 0.1 }]
    }))
    world.run(jobs)
    await world.allOver(50_000)
    const conclusions = [...world.conclusions().values()]
    assert.strictEqual(conclusions.filter((conclusion) => conclusion === "failure").length, 2)
    assert.strictEqual(conclusions.filter((conclusion) => conclusion === "success").length, 2)
  })
})
