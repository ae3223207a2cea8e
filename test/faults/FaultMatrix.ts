// Every point of every scene on one database: which deaths are tried, in which order, and what is counted.
//
// Answers for: meeting every point that must be met (PointList.ts), and saying which was not. Not for one death (FaultRun.ts).
// Gotcha: which points a life passes, and how often, is not the same each time. A death that never came is told and counted;
// its point is tried again, and wherever it has been passed in the end.
import type { Crash } from "./CrashPoints.ts"
import { type Death, deathsOf, nameOf } from "./CrashSelection.ts"
import type { FaultRecord } from "./FaultRecord.ts"
import { type Backend, play, type Story } from "./FaultRun.ts"
import type { Scene } from "./FaultScenes.ts"
import { missingFrom, standsFor } from "./PointList.ts"

/** Works through the list, two at a time. */
const inTurn = async <A>(items: Iterable<A>, work: (item: A) => Promise<void>): Promise<void> => {
  const left = [...items].values()
  const worker = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all([worker(), worker()])
}

/** How often a point that must be met is tried once more, in each scene that has passed it. */
const moreTries = 3

const minutesSince = (start: number) => ((performance.now() - start) / 60_000).toFixed(1)

export const replay = (backend: Backend, death: Death): string => `npm run test:faults -- ${backend} '${nameOf(death)}'`

export class Matrix {
  readonly backend: Backend
  readonly record: FaultRecord
  /** Points at which it died. */
  readonly died = new Set<string>()
  readonly failures: Array<string> = []
  /** The scenes that have passed a point. */
  readonly #passed = new Map<string, Set<Scene>>()
  readonly #start = performance.now()
  runs = 0
  survived = 0
  #earlier = 0

  constructor(backend: Backend, record: FaultRecord) {
    this.backend = backend
    this.record = record
  }

  /** `attempt`: of the same death, from 1. */
  async die(death: Death, attempt = 1): Promise<void> {
    const { crash, scene } = death
    this.runs += 1
    const story = await this.#tell(scene, crash, attempt)
    if (story?.died !== true) return
    this.survived += 1
    this.died.add(crash.point)
  }

  /** `words`: only deaths whose names have these in them. */
  async playScene(scene: Scene, words: string): Promise<void> {
    const story = await this.#tell(scene, undefined, 1)
    if (story === undefined) return
    const deaths = deathsOf(scene, story.points, this.died).filter((death) => nameOf(death).includes(words))
    this.#say("found", `${scene.name}: ${new Set(story.points).size} points, ${deaths.length} deaths to try`)
    await inTurn(deaths, (death) => this.die(death))
    // Where it never came to the passing asked for, its first is tried.
    const unmet = new Set(deaths.map(({ crash }) => crash.point).filter((point) => !this.died.has(point)))
    await inTurn(unmet, (point) => this.die({ scene, crash: { point, nth: 1 } }, 2))
  }

  /** Tries the points that must be met and were not, wherever they have been passed; a failure names those that are left. */
  async meetTheRest(): Promise<void> {
    for (let attempt = 3; attempt < 3 + moreTries; attempt += 1) {
      for (const missing of missingFrom(this.died)) {
        const places = [...this.#passed].filter(([point]) => standsFor(point).includes(missing))
        const deaths = places.flatMap(([point, scenes]) =>
          Array.from(scenes, (scene): Death => ({ scene, crash: { point, nth: 1 } }))
        )
        for (const death of deaths) {
          if (missingFrom(this.died).includes(missing)) await this.die(death, attempt)
        }
      }
    }
    const left = missingFrom(this.died)
    if (left.length > 0) this.failures.push(`no scene has died ${left.join(", nor ")} (PointList.ts)`)
  }

  async #tell(scene: Scene, crash: Crash | undefined, attempt: number): Promise<Story | undefined> {
    const name = crash === undefined ? `${scene.name}, without a death` : nameOf({ scene, crash })
    const key = `${this.backend}: ${name}, attempt ${attempt}`
    const known = this.record.find(key)
    const story = known ?? (await this.#play(scene, crash, name))
    if (story === undefined) return undefined
    if (known === undefined) {
      this.record.add(key, story)
      if (crash !== undefined) this.#say(story.died ? "survived" : "never came to it", name)
    } else if (crash !== undefined) this.#earlier += 1
    for (const point of story.points) this.#passed.set(point, (this.#passed.get(point) ?? new Set()).add(scene))
    return story
  }

  async #play(scene: Scene, crash: Crash | undefined, name: string): Promise<Story | undefined> {
    try {
      return await play(this.backend, scene, crash)
    } catch (error) {
      const again = crash === undefined ? "" : `\nagain: ${replay(this.backend, { scene, crash })}`
      this.failures.push(`${name}${again}\n${String(error)}`)
      this.#say("FAILED", `${name}${again}\n${String(error)}`)
      return undefined
    }
  }

  #say(how: string, what: string): void {
    console.log(`${minutesSince(this.#start)} min  ${this.backend}  ${how.padEnd(16)}  ${what}`)
  }

  summary(): string {
    const { died, failures, runs, survived } = this
    const earlier = this.#earlier === 0 ? "" : ` (${this.#earlier} of the runs before that)`
    return (
      `${this.backend}: ${died.size} crash points, ${runs} runs: ${survived} deaths survived, ` +
      `${failures.length} failures, the others never came; ${minutesSince(this.#start)} minutes${earlier}`
    )
  }
}
