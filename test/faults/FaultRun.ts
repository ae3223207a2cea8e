// One life of a small world in which runnerd dies at a named point, is started again, and must bring everything to its end.
//
// Answers for: the scenes (what happens in the world), the death, the restart, and what must be true afterwards. Not for which
// points there are (CrashPoints.ts) nor for which are tried (FaultMatrix.test.ts).
import { assert } from "@effect/vitest"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type RunnerdProcess, startRunnerd } from "../../src/demo/RunnerdProcess.ts"
import { labels, openWorld, type World } from "../support/World.ts"
import { rows } from "../support/WorldDatabase.ts"
import { cancel } from "../support/WorldJobs.ts"
import type { Crash } from "./CrashPoints.ts"

const entry = fileURLToPath(new URL("CrashingMain.ts", import.meta.url))

const overall = 90_000

/** What happens in the world besides the jobs. */
export interface Scene {
  readonly name: string
  readonly registrationMode: "jit" | "token"
  /** Both outsides fail now and then. */
  readonly rough: boolean
  /** The first process dies here, and the one that takes over is the one under test. */
  readonly firstDeath?: Crash
}

export const scenes: ReadonlyArray<Scene> = [
  { name: "calm", registrationMode: "jit", rough: false },
  { name: "calm, with tokens", registrationMode: "token", rough: false },
  { name: "rough", registrationMode: "jit", rough: true },
  {
    name: "taking over",
    registrationMode: "jit",
    rough: false,
    firstDeath: { point: "after commit RunnerReady", nth: 2 }
  }
]

const makeRough = (world: World): void => {
  const { faults } = world.e2b
  faults.add({ operation: "sandbox.create", answer: "reset", when: "after" })
  faults.add({ operation: "sandbox.create", answer: { status: 500 }, skip: 1 })
  faults.add({ operation: "sandbox.kill", answer: { status: 500 } })
  faults.add({ operation: "process.start", answer: "reset" })
  world.github.faults.add({ operation: "actions/generate-runner-jitconfig-for-repo", answer: "reset", when: "after" })
  world.github.faults.add({
    operation: "actions/delete-self-hosted-runner-from-repo",
    answer: { failure: "server_error" }
  })
}

const jobs = 3

/** Each leaves its name in a file, so that a second run of it would be seen. */
const startJobs = (world: World): ReadonlyArray<number> =>
  world.run(
    Array.from({ length: jobs }, (_, index) => ({
      name: `job-${index}`,
      labels,
      steps: [
        { name: "work", seconds: 0.3 },
        { name: "mark", run: `echo job-${index} >> ${join(world.folder, "ran")}` }
      ]
    }))
  )

const lines = (file: string): ReadonlyArray<string> =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : []

interface Process {
  readonly runnerd: RunnerdProcess | undefined
  readonly points: () => ReadonlyArray<string>
}

/** Starts runnerd; `undefined` when it died before it listened, as told to. */
const start = async (world: World, number: number, crash: Crash | undefined): Promise<Process> => {
  const file = join(world.folder, `points-${number}`)
  const env = {
    ...process.env,
    RUNNERD_TEST_POINTS: file,
    ...(crash === undefined ? {} : { RUNNERD_TEST_CRASH: JSON.stringify(crash) })
  }
  const points = () => lines(file)
  try {
    const runnerd = await startRunnerd({ entry, configFile: world.configFile, env })
    world.github.setWebhook({ url: `${runnerd.url}/webhooks/github`, secret: world.github.webhookSecret })
    return { runnerd, points }
  } catch (error) {
    if (crash !== undefined && points().includes(crash.point)) return { runnerd: undefined, points }
    throw error
  }
}

const isDead = (process: Process): boolean =>
  process.runnerd === undefined ||
  process.runnerd.process.signalCode !== null ||
  process.runnerd.process.exitCode !== null

/** GitHub does not repeat what was not answered; whoever runs an App does. */
const redeliver = async (world: World): Promise<void> => {
  const { deliveries } = world.github.state()
  const answered = new Set(deliveries.filter((each) => each.status === "OK").map((each) => each.guid))
  const failed = new Map(deliveries.filter((each) => !answered.has(each.guid)).map((each) => [each.guid, each.id]))
  for (const id of failed.values())
    await fetch(`${world.github.controlUrl}/deliveries/${id}/redeliver`, { method: "POST" })
}

/** Resolves when the process has died, or all is over and it never came to that. */
const deathOrEnd = async (world: World, process: Process): Promise<"died" | "over"> => {
  await world.until("its death, or the end", overall, () => isDead(process) || world.isAllOver())
  return isDead(process) ? "died" : "over"
}

/** Nothing lost, nothing doubled, nothing left. */
const judge = (world: World, ids: ReadonlyArray<number>): void => {
  const conclusions = world.conclusions()
  assert.deepStrictEqual(
    ids.filter((id) => conclusions.get(id) !== "success"),
    [],
    "jobs that did not succeed"
  )
  const expected = Array.from({ length: jobs }, (_, index) => `job-${index}`)
  assert.deepStrictEqual(lines(join(world.folder, "ran")).toSorted(), expected, "each job ran once")
  for (const [requestId, creates] of Object.entries(world.e2b.state("request_id").createsBy)) {
    const failed = rows(
      world.folder,
      "SELECT id FROM request_events WHERE request_id = ? AND code IN ('retry_scheduled', 'deferred')",
      requestId
    ).length
    assert.isAtMost(creates, 2 + failed, `sandboxes of request ${requestId}, of which ${failed} attempts failed`)
  }
  assert.deepStrictEqual(rows(world.folder, "SELECT id, error FROM runner_requests WHERE status = 'failed'"), [])
}

export interface Story {
  /** Whether the process under test died at the point. */
  readonly died: boolean
  /** What the process under test passed, in order. */
  readonly points: ReadonlyArray<string>
}

/** Plays the scene with a death at `crash`, or none, and rejects unless it ends well. */
export const play = async (scene: Scene, crash: Crash | undefined): Promise<Story> => {
  const world = await openWorld({
    settings: {
      "github.registration_mode": scene.registrationMode,
      "worker.runner_idle_timeout_seconds": 2,
      "worker.retry_max_delay_seconds": 1
    }
  })
  const started: Array<Process> = []
  const next = async (death: Crash | undefined): Promise<Process> => {
    const process = await start(world, started.length, death)
    started.push(process)
    return process
  }
  try {
    if (scene.rough) makeRough(world)
    const setUp = await world.start()
    await world.addSpec(setUp)
    await setUp.stop()
    let tested = await next(scene.firstDeath ?? crash)
    const ids = startJobs(world)
    const [cancelled = 0] = world.run([{ name: "cancelled", labels, steps: [] }], "acme/api")
    cancel(world, cancelled)
    if (scene.firstDeath !== undefined) {
      assert.strictEqual(await deathOrEnd(world, tested), "died", "the first process")
      tested = await next(crash)
      await redeliver(world)
    }
    let ending = await deathOrEnd(world, tested)
    if (ending === "over") {
      // What is passed only at the end of a process.
      const { runnerd } = tested
      runnerd!.process.kill("SIGTERM")
      if (!isDead(tested)) await once(runnerd!.process, "exit")
      if (runnerd!.process.signalCode === "SIGKILL") ending = "died"
    }
    if (ending === "died") {
      await next(undefined)
      await redeliver(world)
      await world.allOver(overall)
    }
    judge(world, ids)
    return { died: ending === "died", points: tested.points() }
  } finally {
    await Promise.all(started.map(async ({ runnerd }) => runnerd?.kill()))
    await world.close()
  }
}
