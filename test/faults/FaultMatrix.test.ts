// runnerd is killed -9 before and after every outside effect and every commit, and started again: nothing is lost, doubled or left.
//
// `npm run test:faults` finds the points by passing them, and tries each at its first and at a middle passing, in every
// scene; `npm test` tries a sample. Gotcha: which points a rough life passes is not the same each time, so a death that never came is
// told and counted, and a point that was never died at fails the whole.
import { assert, describe, it } from "@effect/vitest"
import type { Crash } from "./CrashPoints.ts"
import { play, type Scene, scenes } from "./FaultRun.ts"

const whole = process.env["RUNNERD_TEST_FAULTS"] === "all"

const scene = (name: string): Scene => scenes.find((each) => each.name === name)!

const sample: ReadonlyArray<readonly [string, Crash]> = [
  ["calm", { point: "before commit of workflow_job queued", nth: 2 }],
  ["calm", { point: "after commit of a claim", nth: 1 }],
  ["calm", { point: "after E2B create", nth: 2 }],
  ["rough", { point: "after GitHub createJitConfig", nth: 1 }],
  ["calm, with tokens", { point: "after E2B start", nth: 1 }],
  ["calm", { point: "before commit CleanedUp", nth: 1 }],
  ["rough", { point: "after commit AttemptFailed", nth: 1 }],
  ["taking over", { point: "before E2B connect", nth: 1 }]
]

/** The first and a middle passing of each point, in the order of their first passing. */
const crashesOf = (points: ReadonlyArray<string>): ReadonlyArray<Crash> => {
  const passed = new Map<string, number>()
  for (const point of points) passed.set(point, (passed.get(point) ?? 0) + 1)
  return [...passed].flatMap(([point, times]) => {
    const middle = Math.ceil(times / 2)
    return middle === 1
      ? [{ point, nth: 1 }]
      : [
          { point, nth: 1 },
          { point, nth: middle }
        ]
  })
}

const atOnce = 3

/** Works through the list with a few at a time. */
const inTurn = async <A>(items: ReadonlyArray<A>, work: (item: A) => Promise<void>): Promise<void> => {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const describeCrash = (name: string, { nth, point }: Crash) => `${name}: killed ${point}, passing ${nth}`

describe.skipIf(whole)("a sample of the crash points", { timeout: 120_000, concurrent: true }, () => {
  for (const [name, crash] of sample) {
    it(describeCrash(name, crash), async () => {
      const { died } = await play(scene(name), crash)
      assert.isTrue(died, "it never came to that point")
    })
  }
})

describe.runIf(whole)("every crash point", { timeout: 1_800_000 }, () => {
  it("loses nothing, doubles nothing and leaves nothing", async () => {
    const tried = new Set<string>()
    const failures: Array<string> = []
    let deaths = 0
    let spared = 0
    for (const each of scenes) {
      const { points } = await play(each, undefined)
      await inTurn(crashesOf(points), async (crash) => {
        const what = describeCrash(each.name, crash)
        try {
          const { died } = await play(each, crash)
          if (died) {
            deaths += 1
            tried.add(crash.point)
          } else spared += 1
          console.log(`${died ? "survived" : "never came to it"}  ${what}`)
        } catch (error) {
          failures.push(`${what}\n${String(error)}`)
          console.log(`FAILED  ${what}`)
        }
      })
      for (const point of points) if (!tried.has(point)) failures.push(`${each.name}: never died ${point}`)
    }
    console.log(`${tried.size} crash points, ${deaths} deaths survived, ${spared} that never came`)
    assert.deepStrictEqual(failures, [])
  })
})
