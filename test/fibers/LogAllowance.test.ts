import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as LogAllowance from "../../src/fibers/LogAllowance.ts"

const storedOf = (most: number, pieces: ReadonlyArray<string>): string => {
  const allow = LogAllowance.make(most)
  return pieces.map(allow).join("")
}

describe("what is stored of a stream", () => {
  it("is all of it up to the allowance, its last character included", () => {
    assert.strictEqual(storedOf(6, ["abc", "def", ""]), "abcdef")
  })
  it("is its beginning, and one line that says so, beyond that", () => {
    const stored = storedOf(5, ["abc", "def", "ghi", "j"])
    assert.match(stored, /^abcde\n\[runnerd\] [^\n]+ not stored\.\n$/)
  })
  it("does not depend on how the stream was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 })), fc.nat(40), (pieces, most) => {
        assert.strictEqual(storedOf(most, pieces), storedOf(most, [pieces.join("")]))
      })
    )
  })
})
