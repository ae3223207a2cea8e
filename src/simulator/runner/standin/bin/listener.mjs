// run.sh's listener: connects, waits for jobs, runs them, and says so on stdout as the real one does.
//
// Answers for: the long poll, the markers, signals, and its exit codes: 0 ended, 1 terminated, 2 to be started again, 5 session
// conflict, 7 too old. Not for how a session is opened (session.mjs) nor for what a job does (job.mjs). Updates (3, 4),
// containers and masked secrets are not played. Gotchas: the poll goes on while a job runs, that is how a cancellation
// arrives; an ephemeral runner ends after one job; a runner whose registration is gone ends by itself; which faults a
// runner has it learns with its session.
import { call, disconnect } from "./connection.mjs"
import { runJob } from "./job.mjs"
import { crash } from "./misbehaviour.mjs"
import { readOptions } from "./options.mjs"
import { pause } from "./pause.mjs"
import {
  loadEnvironmentFile,
  readConfiguration,
  removeConfiguration,
  runnerVersion,
  writeJitConfiguration
} from "./runnerFiles.mjs"
import { openSession, registrationGone, terminated } from "./session.mjs"
import { marker, say, sayError } from "./terminal.mjs"

const reconnectMillis = 2000
const retryable = 2
/** With ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED=1 the listener ends with 100 and this. */
const resultNumbers = { Succeeded: 0, Failed: 2, Canceled: 3 }

const { options } = readOptions(process.argv.slice(2))
if (options.jitconfig) writeJitConfiguration(options.jitconfig)
loadEnvironmentFile()

const configuration = readConfiguration()
if (configuration === null) {
  say("Not configured. Run config.(sh/cmd) to configure the runner.")
  process.exit(terminated)
}

const authorization = `Bearer ${configuration.token}`
const send = (method, path, extra = {}) => call(configuration.serverUrl, method, path, { authorization, ...extra })

const stopping = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    if (!stopping.signal.aborted) say("Exiting...")
    stopping.abort()
    wake()
  })
}

let session = null
let wake = () => undefined
const end = async (code) => {
  if (session !== null) await send("DELETE", `/_runner/sessions/${session.id}`).catch(() => undefined)
  disconnect()
  process.exit(code)
}

/** Repeats a call until the server can be reached or the runner is to stop; null in that case. */
let reachable = true
const persist = async (action) => {
  while (!stopping.signal.aborted) {
    try {
      const answer = await action()
      if (answer.status < 500) {
        if (!reachable) marker("Runner reconnected.")
        reachable = true
        return answer
      }
      throw new Error(`server error ${answer.status}`)
    } catch (error) {
      if (stopping.signal.aborted) return null
      if (reachable) marker(`Runner connect error: ${error.message}. Retrying until reconnected.`)
      reachable = false
      await pause(reconnectMillis, stopping.signal)
    }
  }
  return null
}

const connect = async () => {
  const post = (body) => persist(() => send("POST", "/_runner/sessions", { body }))
  const opened = await openSession({ post, configuration, stopping: stopping.signal })
  if (opened.exitCode !== undefined) return end(opened.exitCode)
  session = { id: opened.id, misbehaviour: new Set(opened.misbehaviour) }
}

const inbox = []
let current = null
let gone = false

const dispatch = (message) => {
  if (message.type === "job") inbox.push(message.job)
  else if (message.type === "cancel" && current?.id === message.jobId) current.cancelling.abort()
  wake()
}

/** Polls as long as the runner lives, also while a job runs. */
const receive = async () => {
  while (!stopping.signal.aborted) {
    const path = `/_runner/sessions/${session.id}/messages`
    const answer = await persist(() => send("GET", path, { signal: stopping.signal }))
    if (answer === null) break
    if (answer.status === 200) dispatch(answer.body)
    else if (answer.status === 404) await connect()
    else if (answer.status === 401) {
      // While a job runs this is the end of an ephemeral registration; the job itself says how it went on.
      gone = true
      break
    }
  }
  wake()
}

/** Resolves the job's result; null when it was taken back: cancelled, or queued again because it was not taken in time. */
const work = async (order) => {
  const accepted = await persist(() => send("POST", `/_runner/jobs/${order.id}/accept`))
  if (accepted === null || accepted.status !== 200) return null
  marker(`Running job: ${order.name}`)
  const cancelling = new AbortController()
  current = { id: order.id, cancelling }
  const cancel = () => cancelling.abort()
  stopping.signal.addEventListener("abort", cancel)
  const report = (body) => send("POST", `/_runner/jobs/${order.id}/report`, { body })
  const { misbehaviour } = session
  const result = await runJob({ order, configuration, report, cancelled: cancelling.signal, misbehaviour })
  stopping.signal.removeEventListener("abort", cancel)
  current = null
  marker(`Job ${order.name} completed with result: ${result}`)
  return result
}

await connect()
if (session.misbehaviour.has("retry_for_ever")) {
  sayError("An error occurred: The listener meets an exception that nobody expects.")
  await end(retryable)
}
say()
say("√ Connected to GitHub")
say()
say(`Current runner version: '${runnerVersion}'`)
marker("Listening for Jobs")
// A silent runner looks well from inside. Its timer is all that keeps the process alive.
if (session.misbehaviour.has("silence")) setInterval(() => undefined, 60_000)
else void receive()

let exitCode = 0
while (!stopping.signal.aborted) {
  const order = inbox.shift()
  if (order !== undefined) {
    if (session.misbehaviour.has("crash_before_job")) crash()
    const result = await work(order)
    if (result === null || !configuration.ephemeral) continue
    removeConfiguration()
    if (process.env.ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED === "1") exitCode = 100 + resultNumbers[result]
    break
  }
  if (gone) {
    exitCode = registrationGone(configuration)
    break
  }
  await new Promise((resolve) => {
    wake = resolve
    // A stop may have come between the loop's look at it and this wait.
    if (stopping.signal.aborted || gone || inbox.length > 0) resolve()
  })
}
await end(exitCode)
