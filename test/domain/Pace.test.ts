import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { roomAt, spend } from "../../src/domain/Pace.ts"

/** Takes all there is at each of these moments; how many began, and what is left of the bucket. */
const takeAll = (rate: number, moments: ReadonlyArray<number>) => {
  let bucket: number | null = null
  let begun = 0
  for (const now of moments) {
    const { room } = roomAt(rate, bucket, now)
    bucket = spend(rate, bucket, now, room)
    begun += room
  }
  return { begun, bucket }
}

const every = (step: number, count: number) => Array.from({ length: count + 1 }, (_, index) => 1_000_000 + index * step)

describe("a pace", () => {
  it("begins with most of a second's worth at once, so that E2B's own bucket is never the emptier one", () => {
    assert.strictEqual(roomAt(5, null, 0).room, 4)
    assert.strictEqual(roomAt(1, null, 0).room, 1)
    assert.strictEqual(roomAt(0.5, null, 0).room, 1)
  })
  it("then goes on at the rate, one by one, and says when the next may begin", () => {
    const { begun, bucket } = takeAll(5, [0])
    assert.strictEqual(begun, 4)
    assert.deepStrictEqual(roomAt(5, bucket, 0), { room: 0, nextAt: 200 })
    assert.strictEqual(roomAt(5, bucket, 199).room, 0)
    assert.strictEqual(roomAt(5, bucket, 200).room, 1)
  })
  it("does not add up what is not spent", () => {
    const { bucket } = takeAll(5, [0])
    assert.strictEqual(roomAt(5, bucket, 3_600_000).room, 4)
  })
  it("keeps fractions: 2.5 a second are 25 in ten", () => {
    assert.strictEqual(takeAll(2.5, every(100, 100)).begun, 27)
  })
  it("unlimited is unlimited, and spends nothing", () => {
    assert.strictEqual(roomAt("unlimited", null, 0).room, Number.POSITIVE_INFINITY)
    assert.strictEqual(spend("unlimited", null, 0, 1_000), null)
  })
  it("in any second whatever no more begin than the rate and the burst, and over time no fewer than the rate", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.3, 1, 2.5, 5, 7, 20),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 400 }),
        (rate, step, steps) => {
          const { begun } = takeAll(rate, every(step, steps))
          const due = (rate * step * steps) / 1000
          assert.isAtMost(begun, due + Math.max(1, rate * 0.8) + 1e-3)
          // Asked often enough that the bucket never runs over, nothing of the rate is lost. One that holds a single token is
          // full whenever that waits to be taken.
          if ((rate * step) / 1000 <= rate * 0.8 - 1) assert.isAtLeast(begun, Math.floor(due - 1e-3))
        }
      )
    )
  })
  it("asked again exactly when it says, it always has room", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.integer({ min: 1, max: 60 }), (rate, count) => {
        let now = 1_764_000_000_000
        let bucket: number | null = null
        for (let begun = 0; begun < count; begun += 1) {
          const before = roomAt(rate, bucket, now)
          if (before.room === 0) now = before.nextAt ?? now
          assert.isAtLeast(roomAt(rate, bucket, now).room, 1)
          bucket = spend(rate, bucket, now, 1)
        }
      })
    )
  })
})
