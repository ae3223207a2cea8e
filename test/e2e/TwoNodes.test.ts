// Two runnerd processes on one PostgreSQL, and what becomes of the work of one that dies or freezes.
//
// Gotcha: GitHub's webhooks go to one address, as through a load balancer that has only the living node left.
import { afterEach, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { emptyDatabase } from "../support/PostgresDatabases.ts"
import { labels, openWorld, type World } from "../support/World.ts"

const jobs = 12
let world: World

afterEach(() => world.close())

const open = async () => {
  world = await openWorld({
    postgres: await Effect.runPromise(emptyDatabase),
    settings: {
      "worker.lease_ttl_seconds": 10,
      "e2b.api_timeout_seconds": 6,
      "e2b.creates_per_second": "unlimited",
      "worker.max_concurrent_creates": 3
    }
  })
  const first = await world.start()
  const second = await world.start()
  await world.addSpec(first)
  return { first, second }
}

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

/** How many nodes hold requests now. */
const owners = async () =>
  (await world.query("SELECT DISTINCT owner FROM runner_requests WHERE status IN ('creating', 'running')")).length
const inProgress = () => world.github.state().jobs.filter((job) => job.status === "in_progress").length

const allOver = async (ids: ReadonlyArray<number>) => {
  await world.allOver(120_000)
  assert.deepStrictEqual(
    ids.filter((id) => world.conclusions().get(id) !== "success"),
    []
  )
  const ran = readFileSync(join(world.folder, "ran"), "utf8").trim().split("\n").toSorted()
  assert.deepStrictEqual(ran, Array.from({ length: jobs }, (_, index) => `job-${index}`).toSorted())
}

describe("two nodes on one PostgreSQL", { timeout: 200_000 }, () => {
  it("serve the jobs together; when one is killed, the other adopts what it held: nothing is doubled, nothing left", async () => {
    const { first } = await open()
    const ids = burst(6)
    await world.until("both run jobs", 60_000, async () => inProgress() >= 4 && (await owners()) === 2)
    await first.kill()
    await allOver(ids)
  })
  it("one that freezes past its lease is taken over, and touches nothing when it wakes up", async () => {
    const { first, second } = await open()
    const ids = burst(6)
    await world.until("both run jobs", 60_000, async () => inProgress() >= 4 && (await owners()) === 2)
    first.process.kill("SIGSTOP")
    await world.until("the other has seen it dead", 60_000, () =>
      second.log.some((line) => line.includes("what they held is adopted"))
    )
    first.process.kill("SIGCONT")
    await world.until("it begins anew", 60_000, () => first.log.some((line) => line.includes("begins anew")))
    await allOver(ids)
  })
})
