// The worlds in which runnerd dies: what happens in each besides its death.
//
// Answers for: settings, misbehaviour of both outsides, and the jobs. Not for the death nor for what must be true
// afterwards (FaultRun.ts).
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { labels, type World } from "../support/World.ts"
import type { Settings } from "../../src/demo/LocalWorld.ts"
import type { JobDefinition } from "../../src/simulator/github/machine/Entities.ts"
import type { WebhookFault } from "../../src/simulator/github/hooks/WebhookFaults.ts"
import { cancel } from "../support/WorldJobs.ts"
import type { Crash } from "./CrashPoints.ts"

/** A process that dies first, so that the one under test takes over from it. */
export interface FirstProcess {
  readonly death: Crash
  /** Whether all has happened at GitHub that the next process is to find. */
  readonly isReady: (world: World) => boolean
}

export interface Scene {
  readonly name: string
  readonly settings?: Settings
  /** Before any job is there. */
  readonly misbehave?: (world: World) => void
  /** Starts jobs that must succeed, one for each name of `everyMark`. Gives their ids. */
  readonly startJobs: (world: World) => ReadonlyArray<number>
  readonly before?: FirstProcess
  /** Jobs start once the process has passed this point so many times, or has died. */
  readonly startsAfter?: { readonly point: string; readonly times: number }
  /** Jobs run until the process under test has passed this point, or has died. */
  readonly holdsUntil?: string
  /** Whether points at which an earlier scene has died are tried here as well, those after an effect. */
  readonly again: boolean
  /** Whether somebody asks GitHub to send again what a dead runnerd did not answer; otherwise runnerd has to find it. */
  readonly redelivers: boolean
}

/** What the file with the marks must hold in the end, sorted. */
export const everyMark: ReadonlyArray<string> = ["job-0", "job-1", "job-2"]

/** Each job leaves its name here, so that a second run of it would be seen. */
export const marks = (world: World): string => join(world.folder, "ran")

type Step = NonNullable<JobDefinition["steps"]>[number]

const work: Step = { name: "work", seconds: 0.3 }

const jobsOf = (world: World, names: ReadonlyArray<string>, first: Step = work) =>
  names.map((name) => ({ name, labels, steps: [first, { name: "mark", run: `echo ${name} >> ${marks(world)}` }] }))

/** In one run, and beside it a job that is cancelled at once. */
const withCancelled = (world: World, jobs: ReadonlyArray<JobDefinition>): ReadonlyArray<number> => {
  const ids = world.run(jobs)
  const [cancelled = 0] = world.run([{ name: "cancelled", labels, steps: [] }], "acme/api")
  cancel(world, cancelled)
  return ids
}

const together = (world: World) => withCancelled(world, jobsOf(world, everyMark))

const gate = (world: World): string => join(world.folder, "go")

/** Jobs that run until `letGo`. */
const held = (world: World): ReadonlyArray<number> =>
  withCancelled(
    world,
    jobsOf(world, everyMark, { name: "wait", run: `until [ -e ${gate(world)} ]; do sleep 0.1; done` })
  )

export const letGo = (world: World): void => writeFileSync(gate(world), "")

const atWork: FirstProcess = {
  death: { point: "after commit RunnerReady", nth: 2 },
  isReady: (world) => world.github.state().jobs.filter((job) => job.status === "in_progress").length >= 2
}

/** Each in a repository of its own, whose webhooks are lost in a way of its own. */
const lost: ReadonlyArray<{ readonly repository: string; readonly fault: WebhookFault }> = [
  // Only rounds over repositories find it.
  { repository: "acme/api", fault: { kind: "drop" } },
  // It stands in GitHub's log of deliveries.
  { repository: "acme/web", fault: { kind: "unreached", event: "workflow_job" } },
  // Its run is told of.
  { repository: "acme/lib", fault: { kind: "drop", event: "workflow_job" } }
]

const unheard = (world: World): ReadonlyArray<number> =>
  lost.flatMap(({ fault, repository }, index) => {
    const { webhookFaults } = world.github
    webhookFaults.add(fault)
    const ids = world.run(jobsOf(world, everyMark.slice(index, index + 1)), repository)
    webhookFaults.clear()
    return ids
  })

/** Both outsides fail now and then. */
const roughly = (world: World): void => {
  const { faults } = world.e2b
  faults.add({ operation: "sandbox.create", answer: "reset", when: "after" })
  faults.add({ operation: "sandbox.create", answer: { status: 500 }, skip: 1 })
  faults.add({ operation: "sandbox.kill", answer: { status: 500 } })
  faults.add({ operation: "process.start", answer: "reset" })
  const register = "actions/generate-runner-jitconfig-for-repo"
  world.github.faults.add({ operation: register, answer: "reset", when: "after" })
  world.github.faults.add({ operation: register, answer: { status: 409 } })
  world.github.faults.add({
    operation: "actions/delete-self-hosted-runner-from-repo",
    answer: { failure: "server_error" }
  })
}

/** Runners are seen to end before GitHub says that their jobs have. */
const lateEnds = (world: World): void =>
  world.github.webhookFaults.add({ kind: "delay", event: "workflow_job", action: "completed", delayMs: 3000 })

/** The first list of a run's jobs fails, so that its look is put off. */
const listless = (world: World): void =>
  world.github.faults.add({ operation: "actions/list-jobs-for-workflow-run", answer: { status: 500 } })

const usual = { startJobs: together, again: true, redelivers: true } as const

export const scenes: ReadonlyArray<Scene> = [
  { ...usual, name: "calm" },
  {
    ...usual,
    name: "calm, with tokens",
    settings: { "github.registration_mode": "token" },
    misbehave: lateEnds,
    again: false
  },
  { ...usual, name: "rough", misbehave: roughly },
  { ...usual, name: "taking over", startJobs: held, before: atWork, holdsUntil: "after E2B connect" },
  {
    ...usual,
    name: "long jobs",
    // More time is asked for when a quarter is left: a restart fits into it on any machine.
    settings: { "e2b.timeout_seconds": 60, "e2b.create_timeout_seconds": 50, "e2b.api_timeout_seconds": 40 },
    startJobs: held,
    holdsUntil: "after commit SandboxExtended",
    again: false
  },
  {
    name: "webhooks lost",
    settings: {
      "repair.workflow_run_delay_seconds": 1,
      "repair.deliveries_interval_seconds": 1,
      // Later than the first looks at runs, every 5 s, which would find nothing otherwise.
      "repair.reconcile_interval_seconds": 20
    },
    misbehave: listless,
    // The first round over the three repositories, which follows the start at once.
    startsAfter: { point: "after GitHub listRuns", times: 6 },
    startJobs: unheard,
    again: false,
    redelivers: false
  }
]
