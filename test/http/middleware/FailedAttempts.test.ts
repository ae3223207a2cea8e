import { assert, describe, it } from "@effect/vitest"
import { FailedAttempts } from "../../../src/http/middleware/FailedAttempts.ts"

const minute = 60_000
const start = 1_000_000

/** So many wrong tokens from `address`, one each second; gives what the last led to. */
const guess = (attempts: FailedAttempts, address: string, times: number, from = start) => {
  let wait = 0
  for (let n = 0; n < times; n++) wait = attempts.take(address, undefined, from + n)
  return wait
}

describe("wrong tokens from one address", () => {
  it("are looked at twenty times, then not until a minute after the first", () => {
    const attempts = new FailedAttempts()
    assert.strictEqual(guess(attempts, "192.0.2.1", 20), 0)
    assert.strictEqual(attempts.take("192.0.2.1", undefined, start + 20_000), 40_000)
    assert.strictEqual(attempts.take("192.0.2.1", undefined, start + minute - 1), 1)
    assert.strictEqual(attempts.take("192.0.2.1", undefined, start + minute), 0)
  })

  it("that are not looked at do not prolong the wait", () => {
    const attempts = new FailedAttempts()
    guess(attempts, "192.0.2.1", 1000)
    assert.strictEqual(guess(attempts, "192.0.2.1", 20, start + minute), 0)
    assert.isAbove(guess(attempts, "192.0.2.1", 1, start + minute + 20), 0)
  })

  it("hold up a right one that was not seen from there before, so that a guesser learns nothing", () => {
    const attempts = new FailedAttempts()
    guess(attempts, "192.0.2.1", 20)
    assert.isAbove(attempts.take("192.0.2.1", "anna", start + 100), 0)
    assert.strictEqual(attempts.take("192.0.2.1", "anna", start + minute), 0)
  })

  it("do not lock out whose token was right from there before, nor forgive the wrong ones", () => {
    const attempts = new FailedAttempts()
    assert.strictEqual(attempts.take("192.0.2.1", "anna", start), 0)
    guess(attempts, "192.0.2.1", 20)
    assert.strictEqual(attempts.take("192.0.2.1", "anna", start + 100), 0)
    assert.isAbove(attempts.take("192.0.2.1", "bob", start + 100), 0)
    assert.isAbove(attempts.take("192.0.2.1", undefined, start + 100), 0)
  })

  it("do not count for another address, but for the whole /64 of IPv6", () => {
    const attempts = new FailedAttempts()
    guess(attempts, "192.0.2.1", 20)
    assert.strictEqual(attempts.take("192.0.2.2", undefined, start), 0)
    for (let n = 0; n < 20; n++) attempts.take(`2001:db8:0:1::${n}`, undefined, start)
    for (const neighbour of ["2001:db8::1:0:0:0:99", "2001:db8:0:1:ffff:ffff:ffff:ffff"]) {
      assert.isAbove(attempts.take(neighbour, undefined, start), 0, neighbour)
    }
    for (const other of ["2001:db8:0:2::1", "2001:db8::1", "::1", "fe80::1"]) {
      assert.strictEqual(attempts.take(other, undefined, start), 0, other)
    }
  })

  it("are remembered for ten thousand addresses, those that were heard of last", () => {
    const attempts = new FailedAttempts()
    guess(attempts, "192.0.2.1", 20)
    guess(attempts, "192.0.2.2", 20)
    for (let n = 0; n < 9_998; n++) attempts.take(`10.0.${n >> 8}.${n & 255}`, undefined, start)
    assert.isAbove(attempts.take("192.0.2.1", undefined, start), 0)
    attempts.take("203.0.113.1", undefined, start)
    assert.isAbove(attempts.take("192.0.2.1", undefined, start), 0)
    assert.strictEqual(attempts.take("192.0.2.2", undefined, start), 0)
  })
})
