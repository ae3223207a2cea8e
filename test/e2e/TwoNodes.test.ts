// Two runnerd processes on one PostgreSQL, and what becomes of the work of one that dies or freezes.
//
// Gotcha: GitHub's webhooks go to one address, as through a load balancer that has only the living node left.
import { afterEach, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import * as PostgresClient from "../../src/services/store/PostgresClient.ts"
import { emptyDatabase } from "../support/PostgresDatabases.ts"
import { labels, openWorld, type World } from "../support/World.ts"

const jobs = 12
let world: World
let url: string

afterEach(() => world.close())

const open = async () => {
  url = await Effect.runPromise(emptyDatabase)
  world = await openWorld({
    settings: {
      "database.backend": "postgres",
      "database.url": url,
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
const owners = () =>
  Effect.runPromise(
    Effect.provide(
      SqlClient.SqlClient.use(
        (sql) => sql`SELECT DISTINCT owner FROM runner_requests WHERE status IN ('creating', 'running')`
      ),
      PostgresClient.layer({ url: Redacted.make(url), maxConnections: 1 })
    )
  ).then((rows) => rows.length)
const inProgress = () => world.github.state().jobs.filter((job) => job.status === "in_progress").length

const allOver = async (runnerd: RunnerdProcess, ids: ReadonlyArray<number>) => {
  await world.until("every job over, every request finished, nothing left outside", 120_000, async () => {
    const requests = await world.requests(runnerd)
    return (
      world.github.state().jobs.every((job) => job.status === "completed") &&
      world.github.state().runners.length === 0 &&
      world.e2b.fleet.counts().running === 0 &&
      requests.every(({ status }) => status === "completed" || status === "failed")
    )
  })
  assert.deepStrictEqual(
    ids.filter((id) => world.conclusions().get(id) !== "success"),
    []
  )
  const ran = readFileSync(join(world.folder, "ran"), "utf8").trim().split("\n").toSorted()
  assert.deepStrictEqual(ran, Array.from({ length: jobs }, (_, index) => `job-${index}`).toSorted())
}

describe("two nodes on one PostgreSQL", { timeout: 200_000 }, () => {
  it("serve the jobs together; when one is killed, the other adopts what it held: nothing is doubled, nothing left", async () => {
    const { first, second } = await open()
    const ids = burst(6)
    await world.until("both run jobs", 60_000, async () => inProgress() >= 4 && (await owners()) === 2)
    await first.kill()
    await allOver(second, ids)
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
    await allOver(second, ids)
  })
})
