import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { slicesOf } from "../../src/domain/TimeSlices.ts"

const asked = fc.record({ now: fc.nat(4_000_000_000_000), hours: fc.integer({ min: 1, max: 168 }) })

describe("slices of the last hours", () => {
  it("follow each other without a gap, have one length and end with the one that is now", () => {
    fc.assert(
      fc.property(asked, ({ hours, now }) => {
        const slices = slicesOf(now, hours, 24)
        assert.lengthOf(slices, 24)
        for (const [index, { from, to }] of slices.entries()) {
          assert.strictEqual(to - from, (hours * 3_600_000) / 24)
          assert.strictEqual(from, index === 0 ? from : slices[index - 1]?.to)
        }
        const last = slices.at(-1)
        assert.isTrue(last !== undefined && last.from <= now && now < last.to)
      })
    )
  })
  it("stay where they are until the last one is over", () => {
    fc.assert(
      fc.property(asked, ({ hours, now }) => {
        const slices = slicesOf(now, hours, 24)
        const end = slices.at(-1)?.to ?? 0
        assert.deepStrictEqual(slicesOf(end - 1, hours, 24), slices)
        assert.notDeepEqual(slicesOf(end, hours, 24), slices)
      })
    )
  })
})
