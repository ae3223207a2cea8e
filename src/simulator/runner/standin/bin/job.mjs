// One job: its hooks, its steps, its log, its result.
//
// Answers for: running steps as real shell commands in the work folder, the job hooks, cancellation, step records and the
// job's log, uploaded after each step. Gotchas: hook output belongs to the job's log, not to the runner's stdout; hooks run
// even when the job is cancelled, a hook that fails or is missing fails the job.
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { killOrphans, runCommand } from "./command.mjs"
import { jobEnvironment } from "./jobEnvironment.mjs"
import { crash, leaveThingsBehind } from "./misbehaviour.mjs"
import { diagnostics } from "./terminal.mjs"

const resultNames = { success: "Succeeded", failure: "Failed", cancelled: "Canceled" }
const reportTries = 5

/** The workflow commands that leave a trace in the log look there as on github.com. */
const rendered = (line) => line.replace(/^::(notice|warning|error|debug|group)(?: [^:]*)?::/, "##[$1]")

/** Resolves Succeeded, Failed or Canceled. `report`: sends progress; `cancelled`: aborts when the job is to end. */
export const runJob = async ({ order, configuration, report, cancelled, misbehaviour }) => {
  const records = []
  let pendingLog = ""
  let conclusion = "success"

  const log = (line) => {
    pendingLog += `${new Date().toISOString()} ${rendered(line)}\n`
  }
  const upload = async (final) => {
    const body = { steps: records, log: pendingLog, ...(final === undefined ? {} : { conclusion: final }) }
    appendFileSync(join(diagnostics, `Worker_${order.id}.log`), pendingLog)
    pendingLog = ""
    for (let count = 1; count <= reportTries; count++) {
      try {
        return await report(body)
      } catch {
        await delay(1000 * count)
      }
    }
  }

  const { env, workspace } = jobEnvironment(order, configuration)
  mkdirSync(workspace, { recursive: true })

  const record = async (name, run) => {
    const entry = {
      number: records.length + 1,
      name,
      status: "in_progress",
      conclusion: null,
      startedAt: Date.now(),
      completedAt: null
    }
    records.push(entry)
    entry.conclusion = await run()
    entry.status = "completed"
    entry.completedAt = Date.now()
    return entry.conclusion
  }

  const shell = async (script, signal) => {
    const code = await runCommand({ command: "bash", args: ["-e", script], cwd: workspace, env, onLine: log, signal })
    if (code !== 0) log(`##[error]Process completed with exit code ${code}.`)
    return code
  }

  const hook = async (name, variable) => {
    const fails = name === "Set up runner" && misbehaviour.has("hook_failure")
    const path = process.env[variable] || (fails ? "/missing/job-started.sh" : "")
    if (path === "") return
    const outcome = await record(name, async () => {
      log(
        `A job ${name === "Set up runner" ? "started" : "completed"} hook has been configured by the self-hosted runner administrator`
      )
      log(`##[group]Run '${path}'`)
      if (!existsSync(path)) {
        log(`##[error]File doesn't exist: ${path}`)
        return "failure"
      }
      if ((await shell(path)) !== 0) return "failure"
      if (fails) log("##[error]Process completed with exit code 1.")
      return fails ? "failure" : "success"
    })
    if (outcome === "failure" && conclusion === "success") conclusion = "failure"
    await upload()
  }

  const step = async (definition, index) => {
    await record(definition.name, async () => {
      if (cancelled.aborted || conclusion !== "success") return cancelled.aborted ? "cancelled" : "skipped"
      if (definition.seconds)
        await delay(definition.seconds * 1000, undefined, { signal: cancelled }).catch(() => undefined)
      let code = 0
      if (!cancelled.aborted && definition.run !== undefined) {
        log(`##[group]Run ${definition.run}`)
        const script = join(env.RUNNER_TEMP, `step-${order.id}-${index}.sh`)
        writeFileSync(script, `${definition.run}\n`)
        code = await shell(script, cancelled)
      }
      if (cancelled.aborted) return "cancelled"
      if (code === 0 && definition.exitCode) {
        code = definition.exitCode
        log(`##[error]Process completed with exit code ${code}.`)
      }
      if (code !== 0) conclusion = "failure"
      return code === 0 ? "success" : "failure"
    })
  }

  await record("Set up job", async () => {
    log(`Current runner version: '${env.RUNNER_VERSION}'`)
    log(`Runner name: '${configuration.agentName}'`)
    log(`Runner group name: '${configuration.poolName}'`)
    log(`Complete job name: ${order.name}`)
    return "success"
  })
  await hook("Set up runner", "ACTIONS_RUNNER_HOOK_JOB_STARTED")
  if (misbehaviour.has("crash_during_job")) crash()
  for (const [index, definition] of order.steps.entries()) {
    await step(definition, index)
    if (index + 1 < order.steps.length) await upload()
  }
  if (misbehaviour.has("leftovers")) leaveThingsBehind(env)
  await hook("Complete runner", "ACTIONS_RUNNER_HOOK_JOB_COMPLETED")
  await record("Complete job", async () => {
    log("Cleaning up orphan processes")
    for (const pid of killOrphans(env.RUNNER_TRACKING_ID)) log(`Terminate orphan process: pid (${pid})`)
    return "success"
  })
  if (cancelled.aborted) {
    log("##[error]The operation was canceled.")
    conclusion = "cancelled"
  }
  await upload(conclusion)
  return resultNames[conclusion]
}
