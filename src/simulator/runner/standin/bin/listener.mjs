// run.sh's listener: connects, waits for jobs, runs them, and says so on stdout as the real one does.
//
// Answers for: the session, the long poll, the markers, exit codes (0 ended, 1 terminated, 5 session conflict), signals.
// Not for what a job does (job.mjs). Gotchas: the poll goes on while a job runs, that is how a cancellation arrives; an
// ephemeral runner ends after one job; a runner whose registration is gone ends by itself.
import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { call, disconnect } from "./connection.mjs"
import { runJob } from "./job.mjs"
import { readOptions } from "./options.mjs"
import {
  loadEnvironmentFile,
  readConfiguration,
  removeConfiguration,
  root,
  runnerVersion,
  writeJitConfiguration
} from "./runnerFiles.mjs"

const reconnectMillis = 2000
const sessionConflictMillis = 30_000
const sessionConflictTries = 8

const { options } = readOptions(process.argv.slice(2))
if (options.jitconfig) writeJitConfiguration(options.jitconfig)
loadEnvironmentFile()

const say = (line = "") => process.stdout.write(`${line}\n`)
const utc = () =>
  new Date()
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d{3}Z$/, "Z")
const marker = (text) => {
  say(`${utc()}: ${text}`)
  log(text)
}

const diagnostics = join(root, "_diag")
mkdirSync(diagnostics, { recursive: true })
const logFile = join(diagnostics, `Runner_${utc().replace(/[-:Z]/g, "").replace(" ", "-")}-utc.log`)
function log(text) {
  appendFileSync(logFile, `[${utc()} INFO Runner] ${text}\n`)
}

const configuration = readConfiguration()
if (configuration === null) {
  say("Not configured. Run config.(sh/cmd) to configure the runner.")
  process.exit(1)
}

const authorization = `Bearer ${configuration.token}`
const send = (method, path, extra = {}) => call(configuration.serverUrl, method, path, { authorization, ...extra })

const stopping = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    if (!stopping.signal.aborted) say("Exiting...")
    stopping.abort()
  })
}

const end = async (code) => {
  if (session !== null) await send("DELETE", `/_runner/sessions/${session}`).catch(() => undefined)
  disconnect()
  process.exit(code)
}

const registrationGone = () => {
  if (configuration.ephemeral) {
    say("The runner no longer exists on the server. Cleaning up local configuration.")
    removeConfiguration()
  }
  process.stderr.write(
    "The runner registration has been deleted from the server, please re-configure. Runner registrations are automatically deleted for runners that have not connected to the service recently.\n"
  )
  return end(1)
}

/** Repeats a call until the server can be reached or the runner is to stop; null in that case. */
let reachable = true
const persist = async (action) => {
  while (!stopping.signal.aborted) {
    try {
      const answer = await action()
      if (answer.status < 500) {
        if (!reachable) say(`${utc()}: Runner reconnected.`)
        reachable = true
        return answer
      }
      throw new Error(`server error ${answer.status}`)
    } catch (error) {
      if (stopping.signal.aborted) return null
      if (reachable) say(`${utc()}: Runner connect error: ${error.message}. Retrying until reconnected.`)
      reachable = false
      await delay(reconnectMillis, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  return null
}

let session = null
const openSession = async () => {
  for (let count = 1; ; count++) {
    const answer = await persist(() => send("POST", "/_runner/sessions", { body: { version: runnerVersion } }))
    if (answer === null) return end(0)
    if (answer.status === 201) {
      session = answer.body.id
      return
    }
    if (answer.status !== 409) return registrationGone()
    process.stderr.write("A session for this runner already exists.\n")
    if (count >= sessionConflictTries) return end(5)
    await delay(sessionConflictMillis, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
}

const inbox = []
let current = null
let gone = false
let wake = () => undefined

const dispatch = (message) => {
  if (message.type === "job") inbox.push(message.job)
  else if (message.type === "cancel" && current?.id === message.jobId) current.cancelling.abort()
  wake()
}

/** Polls as long as the runner lives, also while a job runs. */
const receive = async () => {
  while (!stopping.signal.aborted) {
    const path = `/_runner/sessions/${session}/messages`
    const answer = await persist(() => send("GET", path, { signal: stopping.signal }))
    if (answer === null) break
    if (answer.status === 200) dispatch(answer.body)
    else if (answer.status === 404) await openSession()
    else if (answer.status === 401) {
      // While a job runs this is the end of an ephemeral registration; the job itself says how it went on.
      gone = true
      break
    }
  }
  wake()
}

const work = async (order) => {
  const accepted = await persist(() => send("POST", `/_runner/jobs/${order.id}/accept`))
  // Taken back in the meantime: cancelled, or queued again because it was not taken in time.
  if (accepted === null || accepted.status !== 200) return false
  marker(`Running job: ${order.name}`)
  const cancelling = new AbortController()
  current = { id: order.id, cancelling }
  const cancel = () => cancelling.abort()
  stopping.signal.addEventListener("abort", cancel)
  const report = (body) => send("POST", `/_runner/jobs/${order.id}/report`, { body })
  const result = await runJob({ order, configuration, report, cancelled: cancelling.signal, diagnostics })
  stopping.signal.removeEventListener("abort", cancel)
  current = null
  marker(`Job ${order.name} completed with result: ${result}`)
  return true
}

await openSession()
say()
say("√ Connected to GitHub")
say()
say(`Current runner version: '${runnerVersion}'`)
marker("Listening for Jobs")
void receive()

while (!stopping.signal.aborted) {
  const order = inbox.shift()
  if (order !== undefined) {
    const ran = await work(order)
    if (!ran || !configuration.ephemeral) continue
    removeConfiguration()
    break
  }
  if (gone) await registrationGone()
  await new Promise((resolve) => {
    wake = resolve
    // A stop may have come between the loop's look at it and this wait.
    if (stopping.signal.aborted || gone || inbox.length > 0) resolve()
  })
}
await end(0)
