// What a scripted runner does to the world around it: it says lines, waits, and may be stopped.
//
// Answers for: the form of the lines, waiting on the given clock, and the end that comes from outside. Gotcha: whoever
// waits when the process is stopped gets `Stopped` thrown, and has to leave without a word, as a killed process does.
import type { ScriptedProcess } from "../e2b/ScriptedCommands.ts"
import type { SimulatorClock } from "../github/Environment.ts"

/** The process was killed, or its sandbox ended. */
export class Stopped extends Error {}

export class ScriptedLife {
  readonly clock: SimulatorClock
  readonly process: ScriptedProcess
  readonly #pauseMillis: number | null

  constructor(process: ScriptedProcess, clock: SimulatorClock) {
    this.process = process
    this.clock = clock
    const seconds = process.request.env["RUNNER_STANDIN_PAUSE_SECONDS"]
    this.#pauseMillis = seconds === undefined ? null : Number(seconds) * 1000
  }

  readonly say = (line = ""): void => this.process.stdout(`${line}\n`)

  readonly sayError = (line: string): void => this.process.stderr(`${line}\n`)

  /** A line with the time before it. */
  readonly marker = (text: string): void => {
    const utc = new Date(this.clock.now())
      .toISOString()
      .replace("T", " ")
      .replace(/\.\d+Z$/, "Z")
    this.say(`${utc}: ${text}`)
  }

  /** Resolves what `begin` hands over, or throws Stopped. `begin` returns how to take its wish back. */
  until<A>(begin: (resolve: (value: A) => void) => () => void): Promise<A> {
    const { stopped } = this.process
    return new Promise<A>((resolve, reject) => {
      if (stopped.aborted) return reject(new Stopped())
      const stop = () => {
        takeBack()
        reject(new Stopped())
      }
      stopped.addEventListener("abort", stop)
      const takeBack = begin((value) => {
        stopped.removeEventListener("abort", stop)
        resolve(value)
      })
    })
  }

  /** At most so long; shorter when `signal` aborts. */
  readonly wait = (millis: number, signal?: AbortSignal): Promise<void> =>
    this.until<void>((resolve) => {
      if (signal?.aborted === true) {
        resolve()
        return () => undefined
      }
      const end = () => {
        takeBack()
        resolve()
      }
      const cancelTimer = this.clock.schedule(millis, end)
      signal?.addEventListener("abort", end)
      const takeBack = () => {
        cancelTimer()
        signal?.removeEventListener("abort", end)
      }
      return takeBack
    })

  /** Between tries: the real runner's time, or RUNNER_STANDIN_PAUSE_SECONDS of the command's environment, as the stand-in. */
  readonly pause = (millis: number): Promise<void> => this.wait(this.#pauseMillis ?? millis)
}
