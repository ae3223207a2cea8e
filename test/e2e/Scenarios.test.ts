// The scenarios that come with runnerd, played against it in full or shortened: what each is there to show can be seen.
// Runners cost no process here, so commands are not run: `seconds` and `exitCode` stand in for them.
import { assert, describe, it } from "@effect/vitest"
import { Demo } from "../../src/demo/Demo.ts"
import { faultsThatTookPlace } from "../../src/demo/FaultReport.ts"
import type { JobView } from "../../src/demo/JobViews.ts"
import { type LocalWorld, startLocalWorld } from "../../src/demo/LocalWorld.ts"
import { scenarioFile, worldOptions } from "../../src/demo/ScenarioWorld.ts"
import { loadScenario } from "../../src/simulator/scenario/ReadScenario.ts"
import type { Scenario, ScenarioEntry, ScenarioJob } from "../../src/simulator/scenario/Scenario.ts"
import { ScenarioPlayer } from "../../src/simulator/scenario/ScenarioPlayer.ts"
import { entry } from "../support/World.ts"

interface Played {
  readonly world: LocalWorld
  readonly jobs: ReadonlyArray<JobView>
  readonly said: ReadonlyArray<string>
}

const withJobs = (scenario: Scenario, change: (job: ScenarioJob) => ScenarioJob): Scenario => ({
  ...scenario,
  timeline: scenario.timeline.map((each): ScenarioEntry =>
    each.run === undefined ? each : { ...each, run: { ...each.run, jobs: each.run.jobs.map(change) } }
  )
})

/** What its commands would do: take a while, and fail where the workflow says so. */
const withoutCommands = (job: ScenarioJob): ScenarioJob => ({
  ...job,
  steps: (job.steps ?? []).map((step) => ({
    seconds: 0.5,
    ...step,
    ...(job.expectedConclusion === "failure" ? { exitCode: 1 } : {})
  }))
})

/** Plays it once; every job must end as its workflow says, and runnerd must have removed everything. */
const play = async (
  name: string,
  shortened: (scenario: Scenario) => Scenario,
  look: (played: Played) => void
): Promise<void> => {
  const file = withJobs(await loadScenario(scenarioFile(name)), withoutCommands)
  const scenario = shortened({ ...file, sandboxes: "scripted" })
  const demo = new Demo(await startLocalWorld({ ...worldOptions(scenario), entry }), scenario)
  let over = false
  try {
    const { e2b, github } = demo.world
    const signal = AbortSignal.timeout(90_000)
    await demo.startRunnerd(signal)
    const said: Array<string> = []
    const say = (text: string) => void said.push(text)
    const player = new ScenarioPlayer(scenario, { e2b, github, traffic: false, now: Date.now, say })
    await player.prepare()
    over = await demo.watch({ player, seen: () => undefined, signal })
    const jobs = demo.jobs()
    const ends = jobs.map(({ name, conclusion }) => `${name}: ${conclusion}`)
    assert.deepStrictEqual(
      ends,
      jobs.map(({ name, expected }) => `${name}: ${expected}`)
    )
    assert.isTrue(over, `not over; ${player.outstanding.join(", ")}\n${demo.log}`)
    look({ world: demo.world, jobs, said })
  } finally {
    const left = await demo.close(over)
    assert.deepStrictEqual(
      left.flatMap(({ kind, found }) => found.map((each) => `${kind}: ${each}`)),
      []
    )
  }
}

const of = (jobs: ReadonlyArray<JobView>, name: string) => jobs.filter((job) => job.name.includes(name))

const pickedUp = (job: JobView | undefined): number => job?.pickedUpAt ?? Number.NaN

/** How many of the jobs ran at the same time, at most. */
const atOnce = (jobs: ReadonlyArray<JobView>): number =>
  Math.max(
    ...jobs.map(
      (job) =>
        jobs.filter((other) => pickedUp(other) <= pickedUp(job) && (other.finishedAt ?? 0) > pickedUp(job)).length
    )
  )

describe("the scenario", { timeout: 150_000 }, () => {
  it("demo runs all its jobs, those that publish one after the other", () =>
    play(
      "demo",
      (scenario) => scenario,
      ({ jobs }) => {
        assert.lengthOf(jobs, 14)
        assert.strictEqual(atOnce([...of(jobs, " publish"), ...of(jobs, " upload")]), 1)
        assert.deepStrictEqual(
          jobs.filter(({ conclusion }) => conclusion === "failure").map(({ name }) => name),
          ["acme/api fuzz"]
        )
      }
    ))

  it("faults lets every fault that it asks for take place", () =>
    play(
      "faults",
      (scenario) => ({ ...scenario, settings: { ...scenario.settings, "worker.ready_timeout_seconds": 5 } }),
      ({ world, said }) => {
        const took = faultsThatTookPlace(world)
          .map(({ where, fault, times }) => `${where}: ${fault} × ${times}`)
          .toSorted()
        assert.deepStrictEqual(took, [
          "E2B: files.write: 503 × 1",
          "E2B: process.start: connection reset × 1",
          "E2B: sandbox vanished × 1",
          "E2B: sandbox.create: 502 × 2",
          "E2B: sandbox.create: answer lost × 1",
          "E2B: sandbox.create: sandbox_capacity_unavailable × 2",
          "E2B: sandbox.create: sandbox_placement_timeout × 1",
          "E2B: sandbox.kill: 500 × 1",
          "GitHub: actions/delete-self-hosted-runner-from-repo: 502 × 1",
          "GitHub: actions/generate-runner-jitconfig-for-repo: 403 × 2",
          "GitHub: actions/generate-runner-jitconfig-for-repo: answer lost × 1",
          "GitHub: actions/generate-runner-jitconfig-for-repo: late × 1",
          "runner: retry_for_ever × 1",
          "webhook: delay workflow_job completed × 1",
          "webhook: delay workflow_job in_progress × 3",
          "webhook: drop workflow_job in_progress × 2",
          "webhook: duplicate workflow_job queued × 5",
          "webhook: reorder workflow_job completed × 2",
          "webhook: unreached workflow_job queued × 2"
        ])
        assert.include(said, "the deliveries that failed are sent again")
      }
    ))

  it("limits keeps the matrix below its cap, lets the urgent job pass it, and deploys when somebody has approved", () =>
    play(
      "limits",
      (scenario) => {
        const { timeline, ...rest } = withJobs(scenario, (job) =>
          job.matrix === undefined ? job : { ...job, matrix: 20 }
        )
        return {
          ...rest,
          timeline: timeline.map((each) => ({ ...each, at: (each.at ?? 0) / 10 })),
          specs: (rest.specs ?? []).map((spec) => (spec.name === "bulk" ? { ...spec, max_concurrency: 5 } : spec))
        }
      },
      ({ jobs, said }) => {
        const shards = of(jobs, "shard")
        assert.lengthOf(shards, 20)
        assert.isAtMost(atOnce(shards), 5)
        const [build] = of(jobs, "build")
        assert.isBelow(pickedUp(build), Math.max(...shards.map(pickedUp)))
        assert.deepStrictEqual(said, ["somebody approves the deployment"])
        assert.isAbove(pickedUp(of(jobs, "deploy")[0]), build?.finishedAt ?? Number.NaN)
      }
    ))
})
