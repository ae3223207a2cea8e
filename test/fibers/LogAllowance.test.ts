import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as LogAllowance from "../../src/fibers/LogAllowance.ts"

interface Piece {
  readonly text: string
  readonly at: number
}

const storedOf = (options: LogAllowance.LogAllowanceOptions, pieces: ReadonlyArray<Piece>): string => {
  const allowance = LogAllowance.make(options)
  return pieces.map(({ at, text }) => allowance.push(text, at)).join("") + allowance.end()
}

const atOnce = (texts: ReadonlyArray<string>): ReadonlyArray<Piece> => texts.map((text) => ({ text, at: 0 }))

const notices = /\n\[runnerd\] [^\n]+: (\d+) characters are left out here\.\n/g

const options = { beginning: 6, newest: 4, interval: 10 }

describe("what is stored of a stream", () => {
  it("is all of it up to the allowance, its last character included", () => {
    assert.strictEqual(storedOf({ ...options, newest: 0 }, atOnce(["abc", "def", ""])), "abcdef")
  })
  it("is its beginning, how much is left out, and its end, beyond that", () => {
    const stored = storedOf(options, atOnce(["abc", "def", "ghi", "j", "klm"]))
    assert.match(stored, /^abcdef\n\[runnerd\] [^\n]+: 3 characters are left out here\.\njklm$/)
  })
  it("is the newest of each interval while it goes on", () => {
    const allowance = LogAllowance.make(options)
    assert.strictEqual(allowance.push("abcdefg", 0), "abcdef")
    assert.strictEqual(allowance.push("hijklm", 9), "")
    assert.match(allowance.push("n", 10), /: 4 characters [^\n]+\nklmn$/)
    assert.strictEqual(allowance.push("op", 19), "")
    assert.strictEqual(allowance.push("q", 20), "opq")
    assert.strictEqual(allowance.end(), "")
  })
  it("with the characters left out comes to all that was printed, and never to more than is allowed", () => {
    const piece = fc.record({ text: fc.string({ maxLength: 9, unit: fc.constantFrom("a", "b") }), wait: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(piece), fc.nat(30), fc.nat(12), (printed, beginning, newest) => {
        let now = 0
        const pieces = printed.map(({ text, wait }) => ({ text, at: (now += wait) }))
        const whole = printed.map(({ text }) => text).join("")
        const stored = storedOf({ beginning, newest, interval: 10 }, pieces)
        const lost = [...stored.matchAll(notices)].reduce((sum, match) => sum + Number(match[1]), 0)
        const kept = stored.replaceAll(notices, "")
        assert.strictEqual(kept.length + lost, whole.length)
        assert.isAtMost(kept.length, beginning + newest * (2 + Math.floor(now / 10)))
        assert.isTrue(whole.startsWith(kept.slice(0, beginning)))
        if (newest > 0) assert.isTrue(whole.endsWith(kept.slice(-newest)))
      })
    )
  })
})
