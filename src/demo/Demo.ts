// The demo as a whole: a local world with a runnerd in it, watched while workflow runs are played.
//
// Answers for: starting, playing the scenario, looking, and closing down. Not for words and tables (main.ts,
// Progress.ts, Table.ts).
import { setTimeout as delay } from "node:timers/promises"
import type { Scenario } from "../simulator/scenario/Scenario.ts"
import type { ScenarioPlayer } from "../simulator/scenario/ScenarioPlayer.ts"
import { catalogueOf } from "./Catalogue.ts"
import { isFinished, jobViews, type JobView, readRequests, type RequestView } from "./JobViews.ts"
import { folderLeft, knownSandboxes, type Leftovers, processesLeft, runnersLeft, sandboxesLeft } from "./Leftovers.ts"
import { callApi, type LocalWorld } from "./LocalWorld.ts"
import type { RunnerdProcess } from "./RunnerdProcess.ts"

const lookMillis = 40
/** The API is asked less often: what it tells is for the table, and asking costs the runnerd that is being timed. */
const askMillis = 250
const stopMillis = 10_000

/** Waits, or returns at once when the signal is given. */
export const pause = (millis: number, signal: AbortSignal): Promise<void> =>
  delay(millis, undefined, { signal }).catch(() => undefined)

export class Demo {
  readonly world: LocalWorld
  readonly #scenario: Scenario
  #runnerd: RunnerdProcess | null = null
  #requests: ReadonlyArray<RequestView> = []
  #askedAt = 0

  constructor(world: LocalWorld, scenario: Scenario) {
    this.world = world
    this.#scenario = scenario
  }

  /** Resolves when runnerd listens and knows the catalogue; rejects with its log when it does not start. */
  async startRunnerd(signal: AbortSignal): Promise<string> {
    this.#runnerd = await this.world.startRunnerd(signal)
    for (const { body, path } of catalogueOf(this.#scenario)) await callApi(this.#runnerd.url, "POST", path, body)
    return this.#runnerd.url
  }

  get url(): string {
    return this.#runnerd?.url ?? ""
  }

  /** The last lines that runnerd has logged. */
  get log(): string {
    return this.#runnerd?.log.slice(-30).join("\n") ?? ""
  }

  get requests(): ReadonlyArray<RequestView> {
    return this.#requests
  }

  jobs(): ReadonlyArray<JobView> {
    return jobViews(this.world, this.#requests)
  }

  /** Every job that was made is over, and so is everything runnerd did for it. */
  #allOver(): boolean {
    return (
      this.world.github.state().pendingDeliveries === 0 &&
      [...this.world.github.machine.runs.jobs.values()].every((job) => job.status === "completed") &&
      this.#requests.length > 0 &&
      this.#requests.every(isFinished)
    )
  }

  /**
   * Lets the player do what is due and tells `seen` how the jobs stand. Resolves with true when nothing more is to come
   * and all is over, with false when the signal is given. Rejects when runnerd's API does not answer.
   */
  async watch(options: {
    readonly player: ScenarioPlayer
    readonly seen: (jobs: ReadonlyArray<JobView>) => void
    readonly signal: AbortSignal
  }): Promise<boolean> {
    const { player, seen, signal } = options
    while (!signal.aborted) {
      const played = await player.step()
      if (Date.now() - this.#askedAt >= askMillis) {
        this.#requests = await readRequests(this.url)
        this.#askedAt = Date.now()
      }
      seen(this.jobs())
      if (played && this.#allOver()) return true
      await pause(lookMillis, signal)
    }
    return false
  }

  /**
   * Ends everything and says what is left. `untouched`: whether sandboxes, runners and their processes must be gone
   * before anything is stopped, because runnerd itself removed them; else they are looked for afterwards.
   */
  async close(untouched: boolean): Promise<ReadonlyArray<Leftovers>> {
    const { world } = this
    const sandboxes = knownSandboxes(world)
    const pids = this.#requests.flatMap((request) => request.process_pid ?? [])
    const outside = (): ReadonlyArray<Leftovers> => [sandboxesLeft(world), runnersLeft(world)]
    const running = () => processesLeft(sandboxes, pids)
    const before = untouched ? { outside: outside(), running: running() } : null
    const own = await this.#stopRunnerd()
    await world.close()
    const after = before ?? { outside: outside(), running: running() }
    return [...after.outside, { kind: "process", found: [...after.running, ...own] }, folderLeft(world)]
  }

  async #stopRunnerd(): Promise<ReadonlyArray<string>> {
    const runnerd = this.#runnerd
    if (runnerd === null) return []
    const tooLate = delay(stopMillis, false, { ref: false })
    if (await Promise.race([runnerd.stop().then(() => true), tooLate])) return []
    await runnerd.kill()
    return [`runnerd (${runnerd.process.pid}) did not end within ${stopMillis / 1000} s and was killed`]
  }
}
