// The listener of a scripted runner: session, messages, one job, and the exit codes of the real one.
//
// Answers for: what standin/bin/{session,listener}.mjs answer for, against the machine in memory instead of over HTTP; what
// is unverified there is so here. Gotchas: a poll is held until something comes, so an idle runner costs no timer; a runner
// that was stopped leaves its session to GitHub's time limit; faults of GitHub's HTTP interface do not reach it.
import type { JobOrder, Runner, RunnerMessage, RunnerSession } from "../github/machine/Entities.ts"
import type { GitHubMachine } from "../github/machine/GitHubMachine.ts"
import { Refused } from "../github/machine/Refused.ts"
import { registrationGone } from "../github/machine/RunnerSessions.ts"
import { standInVersion } from "./RunnerStandIn.ts"
import { playJob, type StartData } from "./ScriptedJob.ts"
import type { ScriptedLife } from "./ScriptedLife.ts"

const retryMillis = 30_000
const reconnectMillis = 2000
const conflictTries = 8
const clockTries = 60

const ended = 0
const terminated = 1
const retryable = 2
const sessionConflict = 5
const versionDeprecated = 7
const killed = 137

export interface ListenerParts {
  readonly life: ScriptedLife
  readonly machine: GitHubMachine
  /** The runner's own credential. */
  readonly credential: string
  readonly data: StartData
}

interface Opened {
  readonly runner: Runner
  readonly session: RunnerSession
}

const sayGone = (life: ScriptedLife): number => {
  life.say("The runner no longer exists on the server. Cleaning up local configuration.")
  life.sayError(
    "The runner registration has been deleted from the server, please re-configure. Runner registrations are automatically deleted for runners that have not connected to the service recently."
  )
  return terminated
}

/** Resolves the session, or the exit code of a listener that got none. */
const open = async ({ life, machine, credential }: ListenerParts): Promise<Opened | number> => {
  let reachable = true
  let refusals = 0
  for (;;) {
    const runner = machine.registry.byCredential(credential)
    try {
      if (runner === null) throw registrationGone()
      const session = machine.sessions.open(runner, standInVersion, life.clock.now())
      if (!reachable) life.marker("Runner reconnected.")
      return { runner, session }
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal
      const { status, message } = refusal
      if (status >= 500) {
        if (reachable) life.marker(`Runner connect error: server error ${status}. Retrying until reconnected.`)
        reachable = false
        await life.pause(reconnectMillis)
        continue
      }
      refusals += 1
      if (status === 409) {
        life.sayError("A session for this runner already exists.")
        if (refusals >= conflictTries) return sessionConflict
      } else if (status === 400) {
        life.sayError(
          "The local machine's clock may be out of sync with the server time by more than five minutes. Please sync your clock with your domain or internet time and try again."
        )
        if (refusals >= clockTries) return terminated
      } else if (status === 403) {
        life.sayError(`An error occured: ${message}`)
        const asked = life.process.request.env["ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE"] === "1"
        return asked ? versionDeprecated : terminated
      } else return sayGone(life)
      await life.pause(retryMillis)
    }
  }
}

/** What a session hears, one message after the other. */
class Messages {
  readonly #machine: GitHubMachine
  readonly #opened: Opened
  readonly #inbox: Array<JobOrder> = []
  /** Null: nothing was ever asked for. */
  #held: ((message: RunnerMessage) => void) | null = null
  #wake: () => void = () => undefined
  closed = false
  /** The job that runs, and how to cancel it. */
  current: { readonly jobId: number; readonly cancel: () => void } | null = null

  constructor(machine: GitHubMachine, opened: Opened) {
    this.#machine = machine
    this.#opened = opened
  }

  /** Goes on as long as the session lives, also while a job runs: that is how a cancellation arrives. */
  poll(): void {
    // Another function each time: the machine tells polls apart by it.
    const waiter = (message: RunnerMessage) => {
      if (message.type === "closed") this.closed = true
      else {
        if (message.type === "job") this.#inbox.push(message.job)
        else if (message.jobId === this.current?.jobId) this.current.cancel()
        this.poll()
      }
      this.#wake()
    }
    this.#held = waiter
    const { runner, session } = this.#opened
    this.#machine.sessions.poll(runner, session, waiter)
  }

  /** The next job; null when the session is over. */
  async next(life: ScriptedLife): Promise<JobOrder | null> {
    for (;;) {
      const order = this.#inbox.shift()
      if (order !== undefined) return order
      if (this.closed) return null
      await life.until<void>((resolve) => {
        this.#wake = resolve
        return () => undefined
      })
    }
  }

  /** The connection is gone without a word. */
  drop(): void {
    const { runner, session } = this.#opened
    if (this.#held === null || runner.session !== session) return
    this.#machine.sessions.pollEnded(runner, session, this.#held)
  }
}

const listen = async (parts: ListenerParts, { runner }: Opened, messages: Messages): Promise<number | "reopen"> => {
  const { life, machine, data } = parts
  if (!runner.misbehaviour.has("silence")) messages.poll()
  for (;;) {
    const order = await messages.next(life)
    if (order === null) return machine.registry.byCredential(parts.credential) === null ? sayGone(life) : "reopen"
    if (runner.misbehaviour.has("crash_before_job")) return killed
    try {
      machine.sessions.accept(runner, order.id)
    } catch (refusal) {
      // Taken back in the meantime: cancelled, or queued again because it was not taken in time.
      if (refusal instanceof Refused) continue
      throw refusal
    }
    life.marker(`Running job: ${order.name}`)
    const cancelling = new AbortController()
    messages.current = { jobId: order.id, cancel: () => cancelling.abort() }
    const cancelled = cancelling.signal
    const result = await playJob({ life, machine, runner, version: standInVersion, order, data, cancelled })
    messages.current = null
    if (result === null) return killed
    life.marker(`Job ${order.name} completed with result: ${result}`)
    return ended
  }
}

/** Resolves the listener's exit code. */
export const scriptedListener = async (parts: ListenerParts): Promise<number> => {
  const { life, machine } = parts
  for (let first = true; ; first = false) {
    const opened = await open(parts)
    if (typeof opened === "number") return opened
    const { runner, session } = opened
    const close = () => {
      if (runner.session === session) machine.sessions.close(runner)
    }
    if (runner.misbehaviour.has("retry_for_ever")) {
      life.sayError("An error occurred: The listener meets an exception that nobody expects.")
      close()
      return retryable
    }
    if (first) {
      for (const line of ["", "√ Connected to GitHub", "", `Current runner version: '${standInVersion}'`])
        life.say(line)
      life.marker("Listening for Jobs")
    }
    const messages = new Messages(machine, opened)
    try {
      const code = await listen(parts, opened, messages)
      if (code === "reopen") continue
      if (code !== killed) close()
      return code
    } finally {
      messages.drop()
    }
  }
}
