// runnerd is killed -9 before and after every outside effect and every commit, and started again: nothing is lost, doubled or left.
//
// `npm run test:faults` finds the points by passing them, and tries each on both databases; `npm test` tries a sample.
// Gotcha: which points a life passes is not the same each time, so a death that never came is told and counted, and so is a
// point that was seen once and never met again.
import { assert, describe, it } from "@effect/vitest"
import type { Crash } from "./CrashPoints.ts"
import { deathsOf, type Death, nameOf, selectionOf } from "./CrashSelection.ts"
import { type Backend, backends, play, type Story } from "./FaultRun.ts"
import { type Scene, scenes } from "./FaultScenes.ts"

const asked = process.env["RUNNERD_TEST_FAULTS"]

const sample: ReadonlyArray<readonly [Backend, string]> = [
  ["sqlite", "calm: killed before commit of workflow_job queued, passing 2"],
  ["sqlite", "calm: killed after commit of claim, passing 1"],
  ["sqlite", "rough: killed after GitHub createJitConfig, passing 1"],
  ["sqlite", "calm, with tokens: killed after E2B start, passing 1"],
  ["sqlite", "calm: killed before commit CleanedUp, passing 1"],
  ["sqlite", "rough: killed after commit AttemptFailed, passing 1"],
  ["postgres", "calm: killed after commit of workflow_job queued, passing 1"],
  ["postgres", "calm: killed after E2B create, passing 2"],
  ["postgres", "taking over: killed before E2B connect, passing 1"],
  ["postgres", "webhooks lost: killed before commit of workflow_job queued by redelivery, passing 1"]
]

/** Works through the list, two at a time. */
const inTurn = async <A>(items: Iterable<A>, work: (item: A) => Promise<void>): Promise<void> => {
  const left = [...items].values()
  const worker = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all([worker(), worker()])
}

const replay = (backend: Backend, death: Death) => `npm run test:faults -- ${backend} '${nameOf(death)}'`

const minutesSince = (start: number) => ((performance.now() - start) / 60_000).toFixed(1)

/** Every point of every scene on one database. */
class Matrix {
  readonly backend: Backend
  readonly words: string
  /** Points at which it was to die. */
  readonly seen = new Set<string>()
  /** Points at which it died. */
  readonly died = new Set<string>()
  readonly failures: Array<string> = []
  runs = 0
  survived = 0
  readonly #start = performance.now()

  constructor(backend: Backend, words: string) {
    this.backend = backend
    this.words = words
  }

  async die(death: Death): Promise<void> {
    this.runs += 1
    const story = await this.#tell(death.scene, death.crash)
    if (story === undefined) return
    if (story.died) this.survived += 1
    if (story.died) this.died.add(death.crash.point)
    this.#say(story.died ? "survived" : "never came to it", nameOf(death))
  }

  async playScene(scene: Scene): Promise<void> {
    const story = await this.#tell(scene, undefined)
    if (story === undefined) return
    const deaths = deathsOf(scene, story.points, this.died).filter((death) => nameOf(death).includes(this.words))
    this.#say("found", `${scene.name}: ${new Set(story.points).size} points, ${deaths.length} deaths to try`)
    await inTurn(deaths, (death) => this.die(death))
    for (const { crash } of deaths) this.seen.add(crash.point)
    // Where it never came to the passing asked for, its first is tried.
    await inTurn(this.#unmet(), (point) => this.die({ scene, crash: { point, nth: 1 } }))
  }

  async #tell(scene: Scene, crash: Crash | undefined): Promise<Story | undefined> {
    const name = crash === undefined ? `${scene.name}, without a death` : nameOf({ scene, crash })
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

  #unmet(): ReadonlyArray<string> {
    return [...this.seen].filter((point) => !this.died.has(point))
  }

  summary(): string {
    const { died, failures, runs, survived } = this
    const unmet = this.#unmet().map((point) => `\nseen once and never met again: ${point}`)
    return (
      `${this.backend}: ${died.size} crash points, ${runs} runs: ${survived} deaths survived, ` +
      `${failures.length} failures, the others never came; ${minutesSince(this.#start)} minutes${unmet.join("")}`
    )
  }
}

describe.skipIf(asked !== undefined)("a sample of the crash points", { timeout: 300_000, concurrent: true }, () => {
  for (const [backend, name] of sample) {
    it(`${backend}: ${name}`, async () => {
      const { only } = selectionOf(name)
      assert.isDefined(only)
      const { died } = await play(backend, only.scene, only.crash)
      assert.isTrue(died, `it never came to that point; again: ${replay(backend, only)}`)
    })
  }
})

const selection = selectionOf(asked ?? "")

describe.runIf(asked !== undefined)("crash points", { timeout: 4 * 3600 * 1000 }, () => {
  for (const backend of backends) {
    it.runIf(selection.backends.includes(backend))(`${backend}: nothing is lost, doubled or left`, async () => {
      const matrix = new Matrix(backend, selection.words)
      if (selection.only !== undefined) await matrix.die(selection.only)
      else for (const scene of scenes) await matrix.playScene(scene)
      console.log(matrix.summary())
      assert.deepStrictEqual(matrix.failures, [])
      assert.isAbove(matrix.survived, 0, "no death was tried")
    })
  }
})
