// What is to be seen in the console's pictures: a busy morning in four repositories, and the hours before it.
//
// Answers for: a world of simulators with a runnerd in it, made to look like an ordinary day: jobs that run, that wait for a
// full spec, that were refused, and some hundred that are over. Gotcha: those that are over are copies of the few that this
// world has really played, with other names and times, written beside the service into its database.
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { callApi } from "../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../test/support/World.ts"

const forever = 3600
const label = (name: string) => ["self-hosted", "e2b", name]

const specs = [
  { name: "small", labels: label("small"), max_concurrency: 12, default_available: true },
  { name: "large", labels: label("large"), max_concurrency: 4, default_available: false },
  { name: "gpu-a10", labels: label("gpu"), max_concurrency: 2, default_available: false },
  { name: "publish", labels: label("publish"), max_concurrency: 1, default_available: true }
]

interface PlayedJob {
  readonly name: string
  readonly spec: string
  readonly seconds?: number
}

/** `seconds`: so long that it is still there when the picture is taken, unless given. */
const run = (
  world: World,
  repository: string,
  workflow: string,
  jobs: ReadonlyArray<PlayedJob>
): ReadonlyArray<number> =>
  world.github.machine
    .createRun({
      repository,
      workflow,
      jobs: jobs.map(({ name, seconds = forever, spec }) => ({
        name,
        labels: label(spec),
        steps: [{ name: "work", seconds }]
      }))
    })
    .jobs.map(({ id }) => id)

const past = [
  ["acme/web", "ci", "lint", "small", 40],
  ["acme/web", "ci", "test (22)", "small", 150],
  ["acme/web", "ci", "test (24)", "small", 170],
  ["acme/web", "release", "bundle", "large", 420],
  ["acme/api", "ci", "unit", "small", 90],
  ["acme/api", "ci", "integration (postgres)", "large", 510],
  ["acme/mobile", "nightly", "screens", "gpu-a10", 700],
  ["mona/recipes", "site", "spelling", "small", 25],
  ["mona/recipes", "site", "upload", "publish", 60]
] as const

const failures = [
  ["sandbox_gone", "The sandbox was gone while the runner worked on its job."],
  ["sandbox_no_compatible_node", "No node of E2B can run this template."]
] as const

const count = 420
const minute = 60_000

/** The same numbers for every picture. */
const draws = (seed: number) => () => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed / 2_147_483_647
}

const times = /_at$/

/** Copies of a finished request over the last hours, more of them and longer ones around the hour before last. */
const writePast = (world: World, now: number): void => {
  const database = new DatabaseSync(join(world.folder, "runnerd.db"), { timeout: 60_000 })
  try {
    const found = database.prepare("SELECT * FROM runner_requests WHERE status = 'completed' LIMIT 1").get()
    if (found === undefined) throw new Error("no request has completed")
    const foundJob = database.prepare("SELECT * FROM workflow_jobs WHERE job_id = ?").get(found["job_id"] ?? 0) ?? {}
    const into = (table: string, columns: ReadonlyArray<string>) => {
      const insert = database.prepare(
        `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`
      )
      return (row: Record<string, unknown>) =>
        insert.run(...columns.map((column) => row[column] as string | number | null))
    }
    const columns = Object.keys(found)
    const [insert, insertJob] = [into("runner_requests", columns), into("workflow_jobs", Object.keys(foundJob))]
    const draw = draws(7)
    database.exec("BEGIN IMMEDIATE")
    for (let index = 0; index < count; index += 1) {
      const [repository, workflow, job, spec, seconds] = past[Math.floor(draw() * past.length)] ?? past[0]
      const busy = draw() < 0.4
      const createdAt = now - (busy ? 60 + draw() * 60 : 4 + draw() * 420) * minute
      const queue = (2 + draw() * 6 + (busy ? draw() * 50 : 0)) * 1000
      const assignedAt = createdAt + queue
      const stoppingAt = Math.min(now - 2000, assignedAt + seconds * (0.7 + draw() * 0.6) * 1000)
      const failure = draw() < 0.02 ? failures[index % failures.length] : undefined
      const at: Readonly<Record<string, number>> = {
        queued_at: createdAt,
        creating_at: createdAt + queue * 0.4,
        running_at: createdAt + queue * 0.7,
        ready_at: createdAt + queue * 0.9,
        assigned_at: assignedAt,
        exited_at: stoppingAt,
        stopping_at: stoppingAt,
        completed_at: stoppingAt + 800,
        failed_at: stoppingAt + 800,
        updated_at: stoppingAt + 800
      }
      const id = String(80_000_000 + index)
      const row: Record<string, unknown> = {
        ...found,
        id,
        job_id: Number(id),
        assigned_job_id: Number(id),
        assigned_job_name: job,
        job_name: job,
        workflow_name: workflow,
        repository,
        spec_name: spec,
        runner_name: `e2b-${id}`,
        sandbox_id: `i${id}x`
      }
      for (const column of columns) {
        if (times.test(column) && row[column] !== null) row[column] = Math.round(at[column] ?? createdAt)
      }
      if (failure !== undefined) {
        const [reason, error] = failure
        Object.assign(row, { status: "failed", failure_reason: reason, error, completed_at: null })
        row["failed_at"] = Math.round(stoppingAt + 800)
      }
      insert(row)
      insertJob({ ...foundJob, job_id: Number(id), repository, name: job, workflow_name: workflow })
    }
    database.exec("COMMIT")
  } finally {
    database.close()
  }
}

const wait = 300_000

export interface PictureWorld {
  readonly runnerd: RunnerdProcess
  /** Of jobs, which are the ids of their requests. */
  readonly ids: { readonly running: number; readonly ended: number; readonly refused: number; readonly waiting: number }
  readonly close: () => Promise<void>
}

export const openPictureWorld = async (): Promise<PictureWorld> => {
  const world = await openWorld({
    scripted: true,
    installations: [
      { id: 901, owner: "acme", ownerType: "Organization", repositories: ["web", "api", "mobile"] },
      { id: 902, owner: "mona", ownerType: "User", repositories: ["recipes"] }
    ],
    settings: { "worker.runner_idle_timeout_seconds": 300 }
  })
  const runnerd = await world.start()
  const create = (path: string, body: unknown) => callApi(runnerd.url, "POST", path, body)
  for (const spec of specs) await world.addSpec(runnerd, spec)
  await create("/runner_groups", {
    name: "heavy",
    description: "Machines that cost more",
    spec_names: ["gpu-a10", "large"]
  })
  await create("/runner_policies", { repository_full_name: "acme/*", runner_group_name: "heavy" })
  await create("/runner_policies", { repository_full_name: "mona/recipes", runner_spec_name: "large", enabled: false })
  await callApi(runnerd.url, "PATCH", "/runner_specs/small", { priority: 10 })
  const over = run(world, "acme/web", "ci", [
    { name: "lint", spec: "small", seconds: 1 },
    { name: "types", spec: "small", seconds: 2 }
  ])
  await world.allOver(wait)
  writePast(world, Date.now())
  const running = run(world, "acme/web", "ci", [
    { name: "test (22)", spec: "small" },
    { name: "test (24)", spec: "small" },
    { name: "test (26)", spec: "small" },
    { name: "bundle", spec: "large" }
  ])
  run(world, "acme/api", "ci", [
    { name: "unit", spec: "small" },
    { name: "integration (postgres)", spec: "large" },
    { name: "integration (sqlite)", spec: "large" }
  ])
  run(world, "acme/mobile", "nightly", [
    { name: "screens (phone)", spec: "gpu" },
    { name: "build", spec: "large" }
  ])
  run(world, "mona/recipes", "site", [{ name: "upload (eu)", spec: "publish" }])
  const busy = async () =>
    (await world.requests(runnerd)).filter(({ assigned_job_id: id, status }) => status === "running" && id !== null)
      .length === 10
  await world.until("ten jobs that run", wait, busy)
  const waiting = run(world, "mona/recipes", "site", [
    { name: "upload (us)", spec: "publish" },
    { name: "upload (asia)", spec: "publish" }
  ])
  run(world, "acme/api", "benchmark", [
    { name: "throughput", spec: "large" },
    { name: "latency", spec: "large" }
  ])
  const refused = run(world, "mona/recipes", "train", [{ name: "embeddings", spec: "gpu" }])
  const known = async () =>
    (await callApi<ReadonlyArray<unknown>>(runnerd.url, "GET", `/runner_requests?q=${refused[0]}`)).length === 1
  await world.until("the refused job", wait, known)
  return {
    runnerd,
    ids: { running: running[0] ?? 0, ended: over[1] ?? 0, refused: refused[0] ?? 0, waiting: waiting[1] ?? 0 },
    close: () => world.close()
  }
}
