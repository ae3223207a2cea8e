// A local world for end-to-end tests: which runnerd is started, what counts as "nothing left", and the way out.
//
// Answers for: the entry (the build when there is one: `npm test` makes it first), ending every process it started, and
// saying how the world looks when a wait fails. Not for the world itself (src/demo/LocalWorld.ts).
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { callApi, type LocalWorld, type SpecInput, startLocalWorld, webhookSecret } from "../../src/demo/LocalWorld.ts"
import type { WorldOptions } from "../../src/demo/LocalWorld.ts"
import { type RunnerdProcess, startRunnerd } from "../../src/demo/RunnerdProcess.ts"
import type { JobDefinition } from "../../src/simulator/github/machine/Entities.ts"
import { openPostgres, type Query, rows } from "./WorldDatabase.ts"
import { until } from "./WorldWaiting.ts"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Whether dist/ was built after the last change of src/: an old build would have the tests judge old code. */
const buildIsFresh = (): boolean => {
  const stamp = path("../../dist/.runnerd-build-stamp")
  if (!existsSync(stamp)) return false
  const builtAt = statSync(stamp).mtimeMs
  const sources = path("../../src")
  return readdirSync(sources, { recursive: true, encoding: "utf8" }).every(
    (file) => statSync(join(sources, file)).mtimeMs <= builtAt
  )
}

/** What `npm start` runs; without a fresh build, its source, which Node runs as it is. */
export const entry = path(buildIsFresh() ? "../../dist/main.js" : "../../src/main.ts")

export const template = "gh-runner"
export const labels = ["self-hosted", "e2b"]

export interface Request {
  readonly id: string
  readonly status: string
  readonly stage: string | null
  readonly error: string | null
  readonly failure_stage: string | null
  readonly failure_reason: string | null
  readonly last_error_code: string | null
  readonly last_error_message: string | null
  readonly retry_count: number
  readonly runner_name: string | null
  readonly sandbox_id: string | null
  readonly workflow_job_id: number | null
  readonly assigned_job_id: number | null
}

export interface World extends LocalWorld {
  /** Starts runnerd, and sends it GitHub's webhooks. */
  readonly start: (env?: NodeJS.ProcessEnv) => Promise<RunnerdProcess>
  /** Creates a spec, available to every repository. */
  readonly addSpec: (runnerd: RunnerdProcess, spec?: Partial<SpecInput>) => Promise<unknown>
  /** Starts a run at GitHub; the ids of its jobs. */
  readonly run: (jobs: ReadonlyArray<JobDefinition>, repository?: string) => ReadonlyArray<number>
  readonly requests: (runnerd: RunnerdProcess) => Promise<ReadonlyArray<Request>>
  /** Asks the database that runnerd uses. */
  readonly query: Query
  /** Whether all jobs are over at GitHub, all requests are finished, and nothing is left outside. */
  readonly isAllOver: () => Promise<boolean>
  /** Resolves when all jobs are over at GitHub, all requests are finished, and nothing is left outside. */
  readonly allOver: (deadlineMillis: number) => Promise<void>
  /** Conclusions of jobs at GitHub, by id. */
  readonly conclusions: () => ReadonlyMap<number, string | null>
  /** Like `until`, saying how the world looks when it fails. */
  readonly until: <A>(
    what: string,
    deadlineMillis: number,
    look: () => A | undefined | false | Promise<A | undefined | false>
  ) => Promise<A>
}

const unfinished = `SELECT id, status, stage, outcome, owner, sandbox_id, runner_name, assigned_job_name, error,
  last_error_message, due_at FROM runner_requests WHERE status NOT IN ('completed', 'failed')`

/** What happened to the requests whose runner is still registered. */
const timelines = (world: LocalWorld, query: Query) =>
  Promise.all(
    world.github.state().runners.map((runner) =>
      query(
        `SELECT e.request_id, e.at, e.code, e.message FROM request_events e
        JOIN runner_requests r ON r.id = e.request_id WHERE r.runner_name = ? ORDER BY e.id`,
        runner.name
      )
    )
  )

export type WorldSettings = Partial<Omit<WorldOptions, "entry">> & {
  /** The address of an empty PostgreSQL database to use instead of SQLite. */
  readonly postgres?: string
}

export const openWorld = async ({ postgres, settings, ...options }: WorldSettings = {}): Promise<World> => {
  const world = await startLocalWorld({
    installations: [{ id: 901, owner: "acme", ownerType: "Organization", repositories: ["web", "api"] }],
    templates: [template],
    ...options,
    settings: {
      ...(postgres === undefined ? {} : { "database.backend": "postgres", "database.url": postgres }),
      ...settings
    },
    entry
  })
  const database = postgres === undefined ? undefined : openPostgres(postgres)
  const query: Query = database?.query ?? (async (text, ...values) => rows(world.folder, text, ...values))
  const started: Array<RunnerdProcess> = []

  const picture = async () => {
    const github = world.github.state()
    return [
      `jobs: ${github.jobs.map((job) => `${job.id} ${job.status} ${job.conclusion ?? "-"} ${job.runnerName ?? "-"}`).join("; ")}`,
      `runners: ${github.runners.map((runner) => `${runner.name} ${runner.status} ${runner.busy ? "busy" : "idle"}`).join("; ")}`,
      `live sandboxes: ${[...world.e2b.fleet.live()].map((sandbox) => `${sandbox.sandboxID} ${sandbox.metadata["request_id"]}`).join("; ")}`,
      `counts: ${JSON.stringify(world.e2b.fleet.counts())}`,
      `unfinished: ${JSON.stringify(await query(unfinished), null, 1)}`,
      `timelines of what is left: ${JSON.stringify(await timelines(world, query), null, 1)}`,
      `log: ${(started.at(-1)?.log ?? []).slice(-25).join("\n")}`
    ].join("\n")
  }
  const isAllOver = async () => {
    const github = world.github.state()
    return (
      github.pendingDeliveries === 0 &&
      github.jobs.every((job) => job.status === "completed") &&
      github.runners.length === 0 &&
      world.e2b.fleet.counts().running === 0 &&
      (await query(unfinished)).length === 0
    )
  }
  const waitFor: World["until"] = (what, deadlineMillis, look) => until(what, deadlineMillis, look, picture)

  return {
    ...world,
    start: async (env) => {
      const runnerd = await startRunnerd({ entry, configFile: world.configFile, ...(env === undefined ? {} : { env }) })
      started.push(runnerd)
      world.github.setWebhook({ url: `${runnerd.url}/webhooks/github`, secret: webhookSecret })
      return runnerd
    },
    addSpec: (runnerd, spec) =>
      callApi(runnerd.url, "POST", "/runner_specs", {
        name: "small",
        labels,
        template_id: template,
        default_available: true,
        max_concurrency: 0,
        ...spec
      }),
    run: (jobs, repository = "acme/web") =>
      world.github.machine.createRun({ repository, workflow: "ci", jobs }).jobs.map((job) => job.id),
    requests: (runnerd) => callApi(runnerd.url, "GET", "/runner_requests?limit=500"),
    conclusions: () => new Map(world.github.state().jobs.map((job) => [job.id, job.conclusion])),
    query,
    until: waitFor,
    isAllOver,
    allOver: async (deadlineMillis) => {
      await waitFor("every job over, every request finished, nothing left outside", deadlineMillis, isAllOver)
    },
    close: async () => {
      await Promise.all(started.map((runnerd) => runnerd.kill()))
      await database?.close()
      await world.close()
    }
  }
}
