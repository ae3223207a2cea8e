import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { acceptedUntil, isRunnerVersion, newestRelease, type RunnerRelease } from "../../src/domain/RunnerRelease.ts"

const day = 24 * 3_600_000
const release = (version: string, days: number): RunnerRelease => ({ version, publishedAt: days * day })
const part = fc.integer({ min: 0, max: 400 })
const versions = fc.tuple(part, part, part).map((parts) => parts.join("."))
const releases = fc.array(fc.record({ version: versions, publishedAt: fc.integer({ min: 0, max: 1e12 }) }))

describe("a runner's version", () => {
  it("gets jobs for 30 days after the first newer release, of whatever size, and without end while it is the newest", () => {
    const all = [release("2.9.0", 0), release("2.10.0", 10), release("2.10.1", 20), release("3.0.0", 90)]
    assert.strictEqual(acceptedUntil("2.9.0", all), 40 * day)
    assert.strictEqual(acceptedUntil("2.10.0", all), 50 * day)
    assert.strictEqual(acceptedUntil("2.10.1", all), 120 * day)
    assert.strictEqual(acceptedUntil("3.0.0", all), null)
    assert.strictEqual(acceptedUntil("2.9.0", []), null)
    assert.strictEqual(newestRelease(all), "3.0.0")
    assert.strictEqual(newestRelease([]), null)
  })
  it("a newer one is never given up before an older one", () => {
    fc.assert(
      fc.property(versions, versions, releases, (a, b, all) => {
        const [older, newer] = newestRelease([release(a, 0), release(b, 0)]) === a ? [b, a] : [a, b]
        const end = (version: string) => acceptedUntil(version, all) ?? Number.POSITIVE_INFINITY
        assert.isAtLeast(end(newer), end(older))
      })
    )
  })
  it("is three numbers; what a job prints as one is not taken for it", () => {
    assert.deepStrictEqual(
      ["2.336.0", "2.336", "v2.336.0", "2.336.0-rc1", "", "2.336.0\n", "1".repeat(9) + ".0.0"].map(isRunnerVersion),
      [true, false, false, false, false, false, false]
    )
  })
})
