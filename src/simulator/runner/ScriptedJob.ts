// A job that a scripted runner plays: its steps take their time and end as they were defined.
//
// Answers for: step records, the job's log with what runnerd's hooks write, cancellation, the result, and the faults of a
// job. Gotcha: nothing is executed: of a step's definition `seconds` and `exitCode` count, `run` only stands in the log.
import type { Conclusion, JobOrder, Runner, StepDefinition, StepProgress } from "../github/machine/Entities.ts"
import type { GitHubMachine } from "../github/machine/GitHubMachine.ts"
import { Refused } from "../github/machine/Refused.ts"
import type { ScriptedLife } from "./ScriptedLife.ts"

/** What the start script was told, which its hooks print. */
export interface StartData {
  readonly sandboxId: string
  readonly requestId: string
  readonly runnerName: string
  readonly traceId: string
}

export interface PlayedJob {
  readonly life: ScriptedLife
  readonly machine: GitHubMachine
  readonly runner: Runner
  readonly version: string
  readonly order: JobOrder
  readonly data: StartData
  readonly cancelled: AbortSignal
}

export const workFolder = "/home/user/actions-runner"

const resultNames: Partial<Record<Conclusion, string>> = {
  success: "Succeeded",
  failure: "Failed",
  cancelled: "Canceled"
}

/** Resolves Succeeded, Failed or Canceled; null when the runner died in the middle. */
export const playJob = async (job: PlayedJob): Promise<string | null> => {
  const { life, machine, runner, order, data, cancelled } = job
  const { misbehaviour } = runner
  const records: Array<StepProgress> = []
  let pendingLog = ""
  let conclusion: Conclusion = "success"

  const log = (line: string) => {
    pendingLog += `${new Date(life.clock.now()).toISOString()} ${line}\n`
  }

  /** GitHub may have ended the job on its own: then nobody listens any more. */
  const upload = (final?: Conclusion) => {
    try {
      const running = machine.sessions.running(runner, order.id)
      machine.sessions.report(running, [...records], pendingLog)
      pendingLog = ""
      if (final !== undefined) machine.runs.complete(running, final)
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal
    }
  }

  const record = async (name: string, run: () => Promise<Conclusion> | Conclusion): Promise<void> => {
    const number = records.length + 1
    const startedAt = life.clock.now()
    records.push({ number, name, status: "in_progress", conclusion: null, startedAt, completedAt: null })
    const ended = await run()
    const completedAt = life.clock.now()
    records[number - 1] = { number, name, status: "completed", conclusion: ended, startedAt, completedAt }
    if (ended === "failure" && conclusion === "success") conclusion = "failure"
  }

  const hook = async (when: "started" | "completed", lines: ReadonlyArray<string>, fails: boolean) => {
    await record(when === "started" ? "Set up runner" : "Complete runner", () => {
      log(`A job ${when} hook has been configured by the self-hosted runner administrator`)
      log(`##[group]Run '${workFolder}/.runnerd/job-${when}.sh'`)
      for (const line of lines) log(line)
      life.say(`::runnerd::job-${when} run_id=${order.runId} job=${order.key}`)
      if (fails) log("##[error]Process completed with exit code 1.")
      return fails ? "failure" : "success"
    })
    upload()
  }

  const step = ({ name, run, seconds = 0, exitCode = 0 }: StepDefinition) =>
    record(name, async () => {
      if (cancelled.aborted) return "cancelled"
      if (conclusion !== "success") return "skipped"
      if (seconds > 0) await life.wait(seconds * 1000, cancelled)
      if (cancelled.aborted) return "cancelled"
      if (run !== undefined) log(`##[group]Run ${run}`)
      if (exitCode === 0) return "success"
      log(`##[error]Process completed with exit code ${exitCode}.`)
      return "failure"
    })

  const { sandboxId, requestId, runnerName, traceId } = data
  await record("Set up job", () => {
    log(`Current runner version: '${job.version}'`)
    log(`Runner name: '${runner.name}'`)
    log(`Runner group name: '${runner.group.name}'`)
    log(`Complete job name: ${order.name}`)
    return "success"
  })
  const told = [
    "runnerd: job started",
    `##[notice]sandbox_id=${sandboxId} request_id=${requestId} runner_name=${runnerName} trace_id=${traceId}`,
    `E2B sandbox id: ${sandboxId}`,
    `runnerd request id: ${requestId}`,
    `Runner name: ${runnerName}`,
    `Trace id: ${traceId}`
  ]
  await hook("started", told, misbehaviour.has("hook_failure"))
  if (misbehaviour.has("crash_during_job")) return null
  for (const [index, definition] of order.steps.entries()) {
    await step(definition)
    if (index + 1 < order.steps.length) upload()
  }
  if (misbehaviour.has("leftovers")) {
    const left = Buffer.from("read -r\n")
    await life.process.request.files.write(`${workFolder}/_work/_temp/leftover.sh`, left)
  }
  await hook("completed", ["runnerd: job completed"], false)
  await record("Complete job", () => {
    log("Cleaning up orphan processes")
    return "success"
  })
  if (cancelled.aborted) {
    log("##[error]The operation was canceled.")
    conclusion = "cancelled"
  }
  upload(conclusion)
  return resultNames[conclusion] ?? null
}
