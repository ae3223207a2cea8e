// The worlds in which runnerd dies: what happens in each besides its death.
//
// Answers for: settings, misbehaviour of both outsides, and the jobs. Not for the death nor for what must be true
// afterwards (FaultRun.ts).
import { join } from "node:path"
import { labels, type World } from "../support/World.ts"
import type { Settings } from "../../src/demo/LocalWorld.ts"
import { cancel } from "../support/WorldJobs.ts"
import type { Crash } from "./CrashPoints.ts"

export interface Scene {
  readonly name: string
  readonly settings?: Settings
  /** Before any job is there. */
  readonly misbehave?: (world: World) => void
  /** The first process dies here, and the one that takes over is the one under test. */
  readonly firstDeath?: Crash
  /** Whether points at which an earlier scene has died are tried here as well. */
  readonly again: boolean
  /** Whether somebody asks GitHub to send again what a dead runnerd did not answer; otherwise runnerd has to find it. */
  readonly redelivers: boolean
}

/** Both outsides fail now and then. */
const roughly = (world: World): void => {
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

/** One queued event each is left to a run's event, to GitHub's log of deliveries, and to the rounds over runs. */
const losing = (world: World): void => {
  const { webhookFaults } = world.github
  const queued = { event: "workflow_job", action: "queued" } as const
  webhookFaults.add({ ...queued, kind: "drop", times: 1 })
  webhookFaults.add({ ...queued, kind: "unreached", times: 1 })
  // A first list of the run's jobs fails, so that it is put off.
  world.github.faults.add({ operation: "actions/list-jobs-for-workflow-run", answer: { status: 500 } })
}

export const scenes: ReadonlyArray<Scene> = [
  { name: "calm", again: true, redelivers: true },
  { name: "calm, with tokens", settings: { "github.registration_mode": "token" }, again: false, redelivers: true },
  { name: "rough", misbehave: roughly, again: true, redelivers: true },
  {
    name: "taking over",
    firstDeath: { point: "after commit RunnerReady", nth: 2 },
    again: true,
    redelivers: true
  },
  {
    name: "webhooks lost",
    settings: {
      "repair.workflow_run_delay_seconds": 1,
      "repair.deliveries_interval_seconds": 1,
      "repair.reconcile_interval_seconds": 2
    },
    misbehave: losing,
    again: false,
    redelivers: false
  }
]

const jobs = Array.from({ length: 3 }, (_, index) => `job-${index}`)

/** Each leaves its name here, so that a second run of it would be seen. */
export const marks = (world: World): string => join(world.folder, "ran")

/** What the file with the marks must hold in the end, sorted. */
export const everyMark: ReadonlyArray<string> = jobs

/** Jobs that must succeed, and one that is cancelled at once. Gives the ids of the former. */
export const startJobs = (world: World): ReadonlyArray<number> => {
  const ids = world.run(
    jobs.map((name) => ({
      name,
      labels,
      steps: [
        { name: "work", seconds: 0.3 },
        { name: "mark", run: `echo ${name} >> ${marks(world)}` }
      ]
    }))
  )
  const [cancelled = 0] = world.run([{ name: "cancelled", labels, steps: [] }], "acme/api")
  cancel(world, cancelled)
  return ids
}
