// A run of a scenario file as the simulated GitHub takes it.
//
// Answers for: matrices and the defaults of jobs and steps. `${{ matrix }}` in a step's command is the job's own value.
import type { JobDefinition, RunDefinition } from "../github/machine/Entities.ts"
import type { ScenarioJob, ScenarioRun } from "./Scenario.ts"

const oneJob = (job: Omit<ScenarioJob, "matrix">, value: string | null): JobDefinition => ({
  ...job,
  name: value === null ? job.name : `${job.name} (${value})`,
  key: job.name,
  expectedConclusion: job.expectedConclusion ?? "success",
  steps: (job.steps ?? []).map((step, index) => ({
    ...step,
    name: step.name ?? `step ${index + 1}`,
    ...(step.run === undefined || value === null ? {} : { run: step.run.replaceAll("${{ matrix }}", value) })
  }))
})

export const matrixValues = (matrix: NonNullable<ScenarioJob["matrix"]>): ReadonlyArray<string> =>
  typeof matrix === "number" ? Array.from({ length: matrix }, (_, index) => String(index + 1)) : matrix

export const runDefinition = ({ jobs, ...run }: ScenarioRun): RunDefinition => ({
  ...run,
  jobs: jobs.flatMap(({ matrix, ...job }) =>
    matrix === undefined ? [oneJob(job, null)] : matrixValues(matrix).map((value) => oneJob(job, value))
  )
})

/** `owner/name job` for each job, which is how a scenario names them. */
export const jobNames = (run: ScenarioRun): ReadonlyArray<string> =>
  runDefinition(run).jobs.map((job) => `${run.repository} ${job.name}`)
