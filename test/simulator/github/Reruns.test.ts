// Attempts of a run, and the limits that hold jobs back or end them.
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import type { Job, JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import { defaultLimits } from "../../../src/simulator/github/Options.ts"
import { manualMachine } from "./ManualMachine.ts"

const labels = ["self-hosted", "e2b"]
const minute = 60_000
const hour = 60 * minute

const start = (setup: ReturnType<typeof manualMachine>, jobs: ReadonlyArray<JobDefinition>, repository = "acme/one") =>
  setup.machine.createRun({ repository, workflow: "CI", jobs })

const perform = (setup: ReturnType<typeof manualMachine>, job: Job, conclusion: "success" | "failure") => {
  if (job.assignedTo === null) setup.online(`for-${job.id}`, labels)
  if (job.assignedTo === null) throw new Error("no runner took the job")
  setup.machine.sessions.accept(job.assignedTo, job.id)
  setup.machine.runs.complete(job, conclusion)
}

const matrix = (count: number, more: Partial<JobDefinition> = {}): ReadonlyArray<JobDefinition> =>
  Array.from({ length: count }, (_, index) => ({ name: `test (${index})`, key: "test", labels, ...more }))

const keepOnline = (setup: ReturnType<typeof manualMachine>) => {
  for (const runner of setup.machine.registry.byId.values()) {
    if (runner.session !== null) setup.machine.sessions.poll(runner, runner.session, () => undefined)
  }
}

describe("running again", () => {
  it("what failed makes new jobs for it and for what needs it, and sends completed again for what passed", () => {
    const setup = manualMachine()
    const run = start(setup, [
      { name: "lint", labels },
      { name: "test", labels },
      { name: "deploy", labels, needs: ["test"] }
    ])
    const [lint, test, deploy] = run.jobs as [Job, Job, Job]
    perform(setup, lint, "success")
    perform(setup, test, "failure")
    assert.strictEqual(deploy.conclusion, "skipped")
    const before = setup.webhooks.length
    setup.machine.runs.rerun(run, "failed")
    const [lintAgain, testAgain, deployAgain] = run.jobs as [Job, Job, Job]
    assert.deepStrictEqual(
      [run.attempt, run.status, lintAgain.status, testAgain.status, deployAgain.status],
      [2, "queued", "completed", "queued", "blocked"]
    )
    assert.isTrue(lintAgain.id !== lint.id && testAgain.id !== test.id)
    assert.deepStrictEqual(setup.story().slice(before), [
      "workflow_run requested CI queued",
      "workflow_job completed lint completed",
      "workflow_job queued test queued"
    ])
    perform(setup, testAgain, "success")
    perform(setup, deployAgain, "success")
    assert.deepStrictEqual([run.status, run.conclusion], ["completed", "success"])
    assert.deepStrictEqual(setup.machine.runs.attempt(run, 1)?.jobs, [lint, test, deploy])
  })

  it("everything makes all jobs new, and one job takes along only what depends on it", () => {
    const setup = manualMachine()
    const run = start(setup, [
      { name: "lint", labels },
      { name: "test", labels },
      { name: "deploy", labels, needs: ["test"] }
    ])
    for (const job of run.jobs) perform(setup, job, "success")
    setup.machine.runs.rerun(run, "all")
    assert.deepStrictEqual(
      run.jobs.map((job) => job.status),
      ["queued", "queued", "blocked"]
    )
    for (const job of run.jobs) perform(setup, job, "success")
    setup.machine.runs.rerun(run, run.jobs[1]!)
    assert.deepStrictEqual(
      run.jobs.map((job) => job.status),
      ["completed", "queued", "blocked"]
    )
    assert.strictEqual(run.attempt, 3)
  })

  it("is refused with 403 while the run goes on, and for failed jobs when none failed", () => {
    const setup = manualMachine()
    const run = start(setup, [{ name: "lint", labels }])
    assert.throws(() => setup.machine.runs.rerun(run, "all"), /already running/)
    perform(setup, run.jobs[0]!, "success")
    assert.throws(() => setup.machine.runs.rerun(run, "failed"), /no job failed/)
  })
})

describe("jobs that are held back", () => {
  it("by max-parallel are announced as queued at once, but no runner gets more of them than that", () => {
    const setup = manualMachine()
    const run = start(setup, matrix(4, { maxParallel: 2 }))
    assert.strictEqual(setup.story().filter((line) => line.startsWith("workflow_job queued")).length, 4)
    const runners = [1, 2, 3, 4].map((n) => setup.online(`r${n}`, labels))
    const busy = () => runners.filter((runner) => runner.job !== null).length
    assert.strictEqual(busy(), 2)
    perform(setup, run.jobs[0]!, "success")
    assert.strictEqual(busy(), 2)
    assert.strictEqual(run.jobs[2]?.assignedTo, runners[2])
  })

  it("by concurrency run one at a time per repository, and a newer one displaces the one that waits", () => {
    const setup = manualMachine()
    const deploy: JobDefinition = { name: "deploy", labels, concurrency: "production" }
    const [first, second, third] = [1, 2, 3].map(() => start(setup, [deploy]).jobs[0]!) as [Job, Job, Job]
    const elsewhere = start(setup, [deploy], "acme/two").jobs[0]!
    assert.strictEqual(second.conclusion, "cancelled")
    setup.online("r1", labels, { repository: null })
    setup.online("r2", labels, { repository: null })
    assert.isTrue(first.assignedTo !== null && elsewhere.assignedTo !== null && third.assignedTo === null)
    perform(setup, first, "success")
    setup.online("r3", labels)
    assert.isNotNull(third.assignedTo)
  })

  it("never run above their limit, and all come to an end, whatever the order of events", () => {
    const event = fc.record({ kind: fc.constantFrom("runner", "finish", "fail", "cancel"), at: fc.nat(20) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(event, { maxLength: 60 }), (maxParallel, events) => {
        const setup = manualMachine()
        const run = start(setup, matrix(6, { maxParallel }))
        const open = () => run.jobs.filter((job) => job.status !== "completed")
        for (const [index, { kind, at }] of events.entries()) {
          const taken = open().filter((job) => job.assignedTo !== null)
          const job = taken[at % Math.max(1, taken.length)]
          if (kind === "runner") setup.online(`r${index}`, labels)
          else if (kind === "cancel") setup.machine.runs.cancel(run.jobs[at % run.jobs.length]!)
          else if (job?.status === "queued") setup.machine.sessions.accept(job.assignedTo!, job.id)
          else if (job !== undefined) setup.machine.runs.complete(job, kind === "fail" ? "failure" : "success")
          assert.isAtMost(open().filter((each) => each.assignedTo !== null).length, maxParallel)
        }
        for (let rest = 0; open().length > 0 && rest < 20; rest++) {
          const job = open().find((each) => each.assignedTo !== null)
          if (job === undefined) setup.online(`last-${rest}`, labels)
          else setup.machine.runs.complete(job, "success")
        }
        assert.strictEqual(run.status, "completed")
      })
    )
  })
})

describe("time limits", () => {
  it("cancel a job that no runner took for 24 h", () => {
    const setup = manualMachine()
    const job = start(setup, [{ name: "lonely", labels: ["nobody"] }]).jobs[0]!
    setup.clock.advance(24 * hour - 1)
    assert.strictEqual(job.status, "queued")
    setup.clock.advance(1)
    assert.deepStrictEqual([job.status, job.conclusion], ["completed", "cancelled"])
  })

  it("stop a job after its timeout-minutes: the runner is told, and it is closed without the runner's word", () => {
    const setup = manualMachine()
    const runner = setup.online("r", labels)
    const job = start(setup, [{ name: "slow", labels, timeoutMinutes: 5 }]).jobs[0]!
    setup.machine.sessions.accept(runner, job.id)
    for (let passed = 0; passed < 5 * minute; passed += 10_000) {
      keepOnline(setup)
      setup.clock.advance(10_000)
    }
    assert.isTrue(job.cancelRequested)
    assert.match(job.log, /exceeded the maximum execution time/)
    setup.clock.advance(defaultLimits.cancelGraceMillis)
    assert.strictEqual(job.conclusion, "cancelled")
  })

  it("remove an ephemeral runner after a day offline, another one after 14 days, and neither while it is online", () => {
    const setup = manualMachine()
    const scope = setup.machine.topology.scopeOfUrl("https://github.com/acme/one")
    const group = setup.machine.topology.groupByName(scope, "Default")!
    const registered = (name: string, ephemeral: boolean) =>
      setup.machine.register(scope, { name, labels, group, ephemeral, jit: false, workFolder: "_work" }, false)
    const known = () => [...setup.machine.registry.byId.values()].map((runner) => runner.name)
    registered("never-connected", true)
    registered("lasting", false)
    setup.clock.advance(24 * hour)
    assert.deepStrictEqual(known(), ["lasting"])
    setup.clock.advance(13 * 24 * hour)
    assert.deepStrictEqual(known(), [])
  })
})
