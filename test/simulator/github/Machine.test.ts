// The state machine in memory: who gets which job, and what becomes of runs.
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import type { JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import { manualMachine } from "./ManualMachine.ts"

const start = (setup: ReturnType<typeof manualMachine>, jobs: ReadonlyArray<JobDefinition>, repository = "acme/one") =>
  setup.machine.createRun({ repository, workflow: "CI", jobs })
const build: JobDefinition = { name: "build", labels: ["self-hosted", "e2b"] }

describe("assignment", () => {
  it("gives a job to an idle runner whose labels cover it, whatever their case", () => {
    const setup = manualMachine()
    const runner = setup.online("r", ["Self-Hosted", "E2B", "big"])
    const run = start(setup, [build])
    assert.strictEqual(runner.job, run.jobs[0])
    assert.strictEqual(start(setup, [{ name: "gpu", labels: ["e2b", "gpu"] }]).jobs[0]?.assignedTo, null)
  })

  it("binds no runner to the job that caused it: the first runner up takes the oldest job", () => {
    const setup = manualMachine()
    const older = start(setup, [build]).jobs[0]
    const newer = start(setup, [build]).jobs[0]
    const meantForNewer = setup.online("meant-for-newer", ["self-hosted", "e2b"])
    const meantForOlder = setup.online("meant-for-older", ["self-hosted", "e2b"])
    assert.strictEqual(meantForNewer.job, older)
    assert.strictEqual(meantForOlder.job, newer)
  })

  it("looks at the age of a job, not at which labels it has", () => {
    const setup = manualMachine()
    const jobs = ["a", "b", "c"].map((label) => start(setup, [{ name: label, labels: [label] }]).jobs[0]!)
    const runners = ["r1", "r2", "r3"].map((name) => setup.online(name, ["c", "b", "a"]))
    assert.deepStrictEqual(
      runners.map((runner) => runner.job),
      jobs
    )
  })

  it("never crosses repositories nor owners, except by runners of the organisation", () => {
    const setup = manualMachine()
    const ofOne = setup.online("of-one", ["self-hosted", "e2b"])
    start(setup, [build], "acme/two")
    start(setup, [build], "dana/one")
    assert.strictEqual(ofOne.job, null)
    const ofAcme = setup.online("of-acme", ["self-hosted", "e2b"], { repository: null })
    assert.strictEqual(ofAcme.job?.run.repository.fullName, "acme/two")
  })

  it("respects the group that a job asks for, and which repositories may use it", () => {
    const setup = manualMachine()
    const plain = setup.online("plain", ["e2b"], { repository: null })
    const grouped = setup.online("grouped", ["e2b"], { repository: null, group: "gpu" })
    const job: JobDefinition = { name: "train", labels: [], runnerGroup: "GPU" }
    assert.strictEqual(start(setup, [job], "acme/two").jobs[0]?.assignedTo, null)
    assert.strictEqual(start(setup, [job], "acme/one").jobs[0]?.assignedTo, grouped)
    assert.strictEqual(plain.job, null)
  })

  it("gives a job without labels and group to nobody", () => {
    const setup = manualMachine()
    setup.online("r", ["e2b"])
    assert.strictEqual(start(setup, [{ name: "nothing", labels: [] }]).jobs[0]?.assignedTo, null)
  })

  it("queues a job again that was not taken for 60 s, before younger ones, and shows the runner offline", () => {
    const setup = manualMachine()
    const sleepy = setup.online("sleepy", ["self-hosted", "e2b"])
    const older = start(setup, [build]).jobs[0]!
    start(setup, [build])
    const session = sleepy.session!
    setup.machine.sessions.poll(sleepy, session, () => undefined)
    setup.machine.sessions.poll(sleepy, session, () => undefined)
    setup.clock.advance(59_000)
    assert.strictEqual(older.assignedTo, sleepy)
    setup.clock.advance(1000)
    assert.strictEqual(older.assignedTo, null)
    assert.strictEqual(sleepy.session, null)
    const awake = setup.online("awake", ["self-hosted", "e2b"])
    assert.strictEqual(awake.job, older)
  })

  it("shows a runner offline that does not poll", () => {
    const setup = manualMachine()
    const runner = setup.online("r", ["e2b"])
    setup.clock.advance(setup.machine.limits.offlineAfterMillis)
    assert.strictEqual(runner.session, null)
    assert.isTrue(setup.machine.registry.byId.has(runner.id))
  })

  it("keeps a job for a vanished runner until its time is over, then fails it and removes the runner", () => {
    const setup = manualMachine()
    const runner = setup.online("r", ["self-hosted", "e2b"])
    const job = start(setup, [build]).jobs[0]!
    setup.machine.sessions.accept(runner, job.id)
    setup.clock.advance(setup.machine.limits.offlineAfterMillis)
    assert.strictEqual(job.status, "in_progress")
    setup.clock.advance(setup.machine.limits.lostRunnerMillis)
    assert.strictEqual(job.conclusion, "failure")
    assert.isFalse(setup.machine.registry.byId.has(runner.id))
  })

  it("leaves no idle runner beside a job that it covers, and gives no runner a job that it does not cover", () => {
    const label = fc.constantFrom("a", "b", "c")
    const labels = fc.uniqueArray(label, { minLength: 1 })
    const step = fc.oneof(
      fc.record({ kind: fc.constant("job" as const), labels }),
      fc.record({ kind: fc.constant("runner" as const), labels }),
      fc.record({ kind: fc.constant("finish" as const), labels })
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const setup = manualMachine()
        const { machine } = setup
        for (const [index, { kind, labels }] of steps.entries()) {
          if (kind === "job") start(setup, [{ name: "j", labels }])
          else if (kind === "runner") setup.online(`r${index}`, labels)
          else {
            const busy = [...machine.registry.byId.values()].find((runner) => runner.job !== null)
            if (busy?.job) machine.runs.complete(machine.sessions.accept(busy, busy.job.id), "success")
          }
        }
        const waiting = [...machine.runs.jobs.values()].filter(
          (job) => job.status === "queued" && job.assignedTo === null
        )
        for (const runner of machine.registry.byId.values()) {
          const covers = (wanted: ReadonlyArray<string>) =>
            wanted.every((each) => runner.labels.some(({ name }) => name === each))
          if (runner.job !== null) assert.isTrue(covers(runner.job.definition.labels))
          else assert.isFalse(waiting.some((job) => covers(job.definition.labels)))
        }
      }),
      { numRuns: 200 }
    )
  })
})

describe("runs", () => {
  it("tell their story by webhooks: requested, queued, in progress, completed", () => {
    const setup = manualMachine()
    const run = start(setup, [build])
    const runner = setup.online("r", ["self-hosted", "e2b"])
    const job = setup.machine.sessions.accept(runner, run.jobs[0]!.id)
    setup.machine.runs.complete(job, "success")
    assert.deepStrictEqual(setup.story(), [
      "workflow_run requested CI queued",
      "workflow_job queued build queued",
      "workflow_job in_progress build in_progress",
      "workflow_run in_progress CI in_progress",
      "workflow_job completed build completed",
      "workflow_run completed CI completed"
    ])
    assert.isFalse(setup.machine.registry.byId.has(runner.id))
  })

  it("queue a job only when all jobs that it needs have succeeded", () => {
    const setup = manualMachine()
    const run = start(setup, [
      { name: "test (1)", key: "test", labels: ["a"] },
      { name: "test (2)", key: "test", labels: ["a"] },
      { name: "deploy", labels: ["a"], needs: ["test"] }
    ])
    const [first, second, deploy] = run.jobs
    assert.throws(() => setup.machine.runs.findJob(run.repository, deploy!.id), "Not Found")
    setup.machine.runs.complete(first!, "success")
    assert.strictEqual(deploy?.status, "blocked")
    setup.machine.runs.complete(second!, "success")
    assert.strictEqual(deploy?.status, "queued")
  })

  it("skip what needs a failed job, without ever having queued it", () => {
    const setup = manualMachine()
    const run = start(setup, [
      { name: "test", labels: ["a"] },
      { name: "deploy", labels: ["a"], needs: ["test"] },
      { name: "announce", labels: ["a"], needs: ["deploy"] }
    ])
    setup.machine.runs.complete(run.jobs[0]!, "failure")
    assert.deepStrictEqual(
      run.jobs.map((job) => job.conclusion),
      ["failure", "skipped", "skipped"]
    )
    assert.deepStrictEqual([run.status, run.conclusion], ["completed", "failure"])
    assert.notInclude(setup.story().join("\n"), "queued deploy")
  })

  it("end even when their jobs need each other in a circle", () => {
    const run = start(manualMachine(), [
      { name: "a", labels: ["a"], needs: ["b"] },
      { name: "b", labels: ["a"], needs: ["a"] }
    ])
    assert.deepStrictEqual([run.status, run.conclusion], ["completed", "skipped"])
  })

  it("announce a gated job as queued but waiting, and queue it when it is approved", () => {
    const setup = manualMachine()
    const job = start(setup, [{ ...build, environment: "production" }]).jobs[0]!
    const runner = setup.online("r", ["self-hosted", "e2b"])
    assert.deepStrictEqual(setup.story().slice(1), [
      "workflow_job queued build waiting",
      "workflow_job waiting build waiting"
    ])
    assert.strictEqual(runner.job, null)
    setup.machine.runs.review(job, "approved")
    assert.strictEqual(runner.job, job)
    assert.strictEqual(setup.story().at(-1), "workflow_job queued build queued")
  })

  it("run hosted jobs on GitHub's own machines", () => {
    const setup = manualMachine()
    const steps = [{ name: "test", seconds: 5 }]
    const job = start(setup, [{ name: "lint", labels: ["ubuntu-latest"], steps }]).jobs[0]!
    setup.clock.advance(5100)
    assert.strictEqual(job.conclusion, "success")
    assert.match(job.runner?.name ?? "", /^GitHub Actions /)
  })
})

describe("cancellation", () => {
  it("of a queued job completes it at once, without a runner and steps", () => {
    const setup = manualMachine()
    const job = start(setup, [build]).jobs[0]!
    setup.machine.runs.cancel(job)
    assert.deepStrictEqual([job.conclusion, job.runner, job.steps], ["cancelled", null, []])
    assert.strictEqual(setup.online("r", ["self-hosted", "e2b"]).job, null)
  })

  it("of a job that its runner has not taken yet frees the runner for the next one", () => {
    const setup = manualMachine()
    const runner = setup.online("r", ["self-hosted", "e2b"])
    const [first, second] = [start(setup, [build]).jobs[0]!, start(setup, [build]).jobs[0]!]
    setup.machine.runs.cancel(first)
    assert.strictEqual(runner.job, second)
    assert.throws(() => setup.machine.sessions.accept(runner, first.id), "not assigned")
  })

  it("of a running job is the runner's to report, and closed without it after the grace", () => {
    const setup = manualMachine()
    const runner = setup.online("r", ["self-hosted", "e2b"])
    const job = start(setup, [build]).jobs[0]!
    setup.machine.sessions.accept(runner, job.id)
    const messages: Array<string> = []
    const poll = () => setup.machine.sessions.poll(runner, runner.session!, (message) => messages.push(message.type))
    poll()
    poll()
    setup.machine.runs.cancelRun(job.run)
    assert.deepStrictEqual(messages, ["job", "cancel"])
    assert.strictEqual(job.status, "in_progress")
    poll()
    setup.clock.advance(setup.machine.limits.cancelGraceMillis)
    assert.strictEqual(job.conclusion, "cancelled")
    assert.isFalse(setup.machine.registry.byId.has(runner.id))
  })

  it("of a run that is over is refused with 409", () => {
    const setup = manualMachine()
    const run = start(setup, [build])
    setup.machine.runs.cancelRun(run)
    assert.strictEqual(run.conclusion, "cancelled")
    assert.throws(() => setup.machine.runs.cancelRun(run), "Cannot cancel")
  })
})
