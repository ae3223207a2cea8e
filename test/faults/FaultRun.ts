// One life of a small world in which runnerd dies at a named point, is started again, and must bring everything to its end.
//
// Answers for: the death, the restart, and what must be true afterwards. Not for what else happens (FaultScenes.ts), which
// points there are (CrashPoints.ts) nor for which are tried (CrashSelection.ts).
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import type { Settings } from "../../src/demo/LocalWorld.ts"
import { type RunnerdProcess, startRunnerd } from "../../src/demo/RunnerdProcess.ts"
import { emptyDatabase } from "../support/PostgresDatabases.ts"
import { openWorld, type World } from "../support/World.ts"
import type { Crash } from "./CrashPoints.ts"
import { assertTaken, orphans, prepare } from "./FaultDatabase.ts"
import { everyMark, letGo, marks, type Scene } from "./FaultScenes.ts"

export const backends = ["sqlite", "postgres"] as const
export type Backend = (typeof backends)[number]

const entry = fileURLToPath(new URL("CrashingMain.ts", import.meta.url))

/** Of a wait that goes wrong; a machine that has much else to do may take minutes. */
const overall = 1_200_000

/** Time limits that only a machine that has much else to do would meet, and waits that are short. */
const usual: Settings = {
  "worker.lease_ttl_seconds": 900,
  "worker.ready_timeout_seconds": 900,
  "worker.runner_idle_timeout_seconds": 2,
  "worker.retry_max_delay_seconds": 1,
  "e2b.api_timeout_seconds": 300,
  "e2b.create_timeout_seconds": 600
}

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
  await world.until("its death, or the end", overall, async () => isDead(process) || (await world.isAllOver()))
  return isDead(process) ? "died" : "over"
}

/** Nothing lost, nothing doubled, nothing left. */
const judge = async (world: World, ids: ReadonlyArray<number>): Promise<void> => {
  const conclusions = world.conclusions()
  assert.deepStrictEqual(
    ids.filter((id) => conclusions.get(id) !== "success"),
    [],
    "jobs that did not succeed"
  )
  assert.deepStrictEqual(lines(marks(world)).toSorted(), everyMark, "each job ran once")
  for (const [requestId, creates] of Object.entries(world.e2b.state("request_id").createsBy)) {
    const failed = await world.query(
      "SELECT id FROM request_events WHERE request_id = ? AND code IN ('retry_scheduled', 'deferred')",
      requestId
    )
    const allowed = 2 + failed.length
    assert.isAtMost(creates, allowed, `sandboxes of request ${requestId}, of which ${failed.length} attempts failed`)
  }
  assert.deepStrictEqual(await world.query("SELECT id, error FROM runner_requests WHERE status = 'failed'"), [])
}

export interface Story {
  /** Whether the process under test died at the point. */
  readonly died: boolean
  /** What the process under test passed, in order. */
  readonly points: ReadonlyArray<string>
}

const open = async (backend: Backend, { settings }: Scene): Promise<World> =>
  openWorld({
    installations: [{ id: 901, owner: "acme", ownerType: "Organization", repositories: ["web", "api", "lib"] }],
    ...(backend === "postgres" ? { postgres: `${await Effect.runPromise(emptyDatabase)}?connect_timeout=300` } : {}),
    settings: { ...usual, ...settings }
  })

/** Plays the scene with a death at `crash`, or none, and rejects unless it ends well. */
export const play = async (backend: Backend, scene: Scene, crash: Crash | undefined): Promise<Story> => {
  const world = await open(backend, scene)
  const started: Array<Process> = []
  const next = async (death: Crash | undefined): Promise<Process> => {
    const process = await start(world, started.length, death)
    started.push(process)
    return process
  }
  const left: Array<RunnerRequest> = []
  const takeOver = async (death: Crash | undefined): Promise<Process> => {
    left.push(...(await orphans(world.configFile)))
    const process = await next(death)
    if (scene.redelivers) await redeliver(world)
    return process
  }
  try {
    scene.misbehave?.(world)
    await prepare(world.configFile)
    const { before, holdsUntil, startsAfter } = scene
    let tested = await next(before?.death ?? crash)
    if (startsAfter !== undefined) {
      const { point, times } = startsAfter
      const passed = () => tested.points().filter((each) => each === point).length
      await world.until(point, overall, () => isDead(tested) || passed() >= times)
    }
    const ids = scene.startJobs(world)
    if (before !== undefined) {
      assert.strictEqual(await deathOrEnd(world, tested), "died", "the first process")
      await world.until("what is to be taken over", overall, () => before.isReady(world))
      tested = await takeOver(crash)
    }
    if (holdsUntil !== undefined) {
      await world.until(holdsUntil, overall, () => isDead(tested) || tested.points().includes(holdsUntil))
      letGo(world)
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
      const last = await takeOver(undefined)
      await world.allOver(overall)
      await last.runnerd?.kill()
    }
    await judge(world, ids)
    await assertTaken(world.configFile, left)
    return { died: ending === "died", points: tested.points() }
  } catch (error) {
    const logs = started.map(({ runnerd }, index) => `process ${index + 1}:\n${(runnerd?.log ?? []).join("\n")}`)
    throw new Error(`${String(error)}\n${logs.join("\n")}`, { cause: error })
  } finally {
    await Promise.all(started.map(async ({ runnerd }) => runnerd?.kill()))
    await world.close()
  }
}
