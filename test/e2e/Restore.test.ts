// A backup is put back in the place of the database, which nothing tells from the original.
//
// Gotcha: the sweep works once a minute, and when a process starts; so a restart is how these tests make it work.
import { afterEach, assert, it } from "@effect/vitest"
import { copyFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { labels, openWorld, type World } from "../support/World.ts"
import { databaseFile } from "../support/WorldDatabase.ts"

let world: World

afterEach(() => world.close())

/** A job that works until the test lets it end. */
const job = (name: string) => ({
  name,
  labels,
  steps: [{ name: "wait", run: `until [ -e ${join(world.folder, "go")} ]; do sleep 0.1; done` }]
})

const working = (ids: ReadonlyArray<number>) =>
  world.github.state().jobs.filter(({ id, status }) => ids.includes(id) && status === "in_progress").length

const title = "a restored backup costs no job that runs, and makes no sandbox for one"

it.each(["jit", "token"])(
  `${title}: neither one it does not know nor one it believes to be waiting (%s)`,
  async (mode) => {
    world = await openWorld({ settings: { "github.registration_mode": mode, "worker.retry_max_delay_seconds": 2 } })
    world.e2b.fleet.setPlan({ maxConcurrent: 0, maxHours: 24 })
    const database = databaseFile(world.folder)
    const backup = join(world.folder, "backup.db")

    const first = await world.start()
    await world.addSpec(first)
    const waiting = world.run([job("waiting")])
    await world.until(
      "the job waits for room at E2B",
      60_000,
      async () =>
        (await world.query("SELECT id FROM runner_requests WHERE last_error_class = 'deferred' AND status = 'queued'"))
          .length === 1
    )
    assert.strictEqual(await first.stop(), 0)
    copyFileSync(database, backup)

    world.e2b.fleet.setPlan({ maxConcurrent: 20, maxHours: 24 })
    const second = await world.start()
    const ids = [...waiting, ...world.run([job("unknown")])]
    await world.until("both jobs run", 60_000, () => working(ids) === 2)
    await second.kill()
    for (const file of [`${database}-wal`, `${database}-shm`]) rmSync(file, { force: true })
    copyFileSync(backup, database)

    const third = await world.start()
    await world.until("the sweep has looked at both sandboxes", 60_000, () =>
      third.log.some((line) => line.includes("are left: their runners may work"))
    )
    await world.until("no request is unfinished", 60_000, async () =>
      (await world.requests(third)).every(({ status }) => status === "completed" || status === "failed")
    )
    assert.strictEqual(working(ids), 2)
    writeFileSync(join(world.folder, "go"), "")
    await world.until("both jobs have succeeded", 60_000, () =>
      ids.every((id) => world.conclusions().get(id) === "success")
    )
    await third.stop()
    await world.start()
    await world.allOver(60_000)
    assert.deepStrictEqual(
      Object.values(world.e2b.state("request_id").createsBy),
      ids.map(() => 1)
    )
  },
  150_000
)
