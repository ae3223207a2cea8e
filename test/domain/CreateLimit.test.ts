import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as CreateLimit from "../../src/domain/CreateLimit.ts"
import * as Sandbox from "../../src/domain/SandboxError.ts"

const detail = "E2B's words"
const now = 1_000_000
const refusal = (over: Partial<CreateLimit.CreateRefusal> = {}): CreateLimit.CreateRefusal => ({
  claimedAt: now,
  code: "sandbox_concurrency_limit",
  message: "full",
  noRoom: true,
  retryAfterSeconds: undefined,
  ...over
})
const room = (limit: CreateLimit.CreateLimit, existing: number, at: number) =>
  CreateLimit.createRoom(limit, "unlimited", existing, at).room
const refusedAt20 = CreateLimit.afterRefusal(CreateLimit.unlimited, refusal(), 20, now, 0)

describe("what E2B's refusals allow", () => {
  it("a full plan: nothing beyond what exists until the wait is over, then one at a time", () => {
    assert.strictEqual(room(refusedAt20, 20, now + 999), 0)
    assert.strictEqual(room(refusedAt20, 20, now + 1000), 1)
    assert.strictEqual(room(refusedAt20, 21, now + 1000), 0, "the one that asks is under way")
  })
  it("a sandbox that ends makes room for the next at once", () => {
    assert.strictEqual(room(refusedAt20, 19, now), 1)
    assert.strictEqual(room(refusedAt20, 5, now), 15)
  })
  it("each refusal of one that asks makes the wait longer, up to a minute", () => {
    let limit = refusedAt20
    const waits: Array<number> = []
    for (let asked = 0; asked < 8; asked += 1) {
      const at = limit.probeAt ?? 0
      limit = CreateLimit.afterRefusal(limit, refusal({ claimedAt: at }), 20, at, 0)
      waits.push((limit.probeAt ?? 0) - at)
    }
    assert.deepStrictEqual(waits, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })
  it("creates that were under way when one was refused are one refusal together", () => {
    let limit = refusedAt20
    for (let more = 0; more < 5; more += 1) {
      limit = CreateLimit.afterRefusal(limit, refusal({ claimedAt: now - 50 }), 20, now + 10, 0)
    }
    assert.strictEqual(limit.refusals, 1)
    assert.isAtMost(limit.probeAt ?? 0, now + 1010)
  })
  it("a success beyond the ceiling lifts it, and the next may ask at once; one below changes nothing", () => {
    assert.isNull(CreateLimit.afterSuccess(refusedAt20, 20, now))
    const lifted = CreateLimit.afterSuccess(refusedAt20, 21, now + 1500)
    assert.deepInclude(lifted, { ceiling: 21, refusals: 0, probeAt: null })
    assert.strictEqual(room(lifted!, 21, now + 1500), 1)
  })
  it("a ceiling that nobody has met for ten minutes is forgotten", () => {
    assert.strictEqual(room(refusedAt20, 20, now + 600_000), Number.POSITIVE_INFINITY)
  })
  it("too many calls a second: nothing at all until E2B's Retry-After, whatever exists", () => {
    const limit = CreateLimit.afterRefusal(
      CreateLimit.unlimited,
      refusal({ noRoom: false, retryAfterSeconds: 3 }),
      20,
      now,
      0
    )
    assert.strictEqual(room(limit, 0, now + 2999), 0)
    assert.strictEqual(room(limit, 0, now + 3000), Number.POSITIVE_INFINITY)
    assert.deepInclude(CreateLimit.afterSuccess(limit, 1, now + 3000), { refusals: 0, openAt: null })
  })
  it("a refusal keeps the pace's bucket as it is, and so does what ends it", () => {
    const paced = { ...CreateLimit.unlimited, bucket: 77 }
    const refused = CreateLimit.afterRefusal(paced, refusal({ noRoom: false }), 0, now, 0)
    assert.strictEqual(refused.bucket, 77)
    assert.strictEqual(CreateLimit.afterSuccess(refused, 1, now)?.bucket, 77)
  })
  it("only refusals for a limit say anything of other creates", () => {
    const limits = [
      new Sandbox.PlacementFailed({ detail, retryAfterSeconds: 2 }),
      new Sandbox.ConcurrencyLimited({ detail }),
      new Sandbox.RateLimited({ detail, retryAfterSeconds: 1 })
    ]
    assert.deepStrictEqual(limits.map(CreateLimit.refusalOf), [
      { noRoom: true, retryAfterSeconds: 2 },
      { noRoom: true, retryAfterSeconds: undefined },
      { noRoom: false, retryAfterSeconds: 1 }
    ])
    assert.isNull(CreateLimit.refusalOf(new Sandbox.NoCompatibleNode({ detail })))
    assert.isNull(CreateLimit.refusalOf(new Sandbox.TimedOut({ detail })))
  })
  it("whatever E2B's true limit is and does, every job gets its sandbox, and refusals stay few (E-29)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 200, max: 20_000 }),
        (capBefore, capAfter, life) => {
          const jobs = 120
          let limit = CreateLimit.unlimited
          let ends: Array<number> = []
          let started = 0
          let refusals = 0
          let at = now
          for (; started < jobs && at < now + 3_600_000; at += 100) {
            const cap = at < now + 30_000 ? capBefore : capAfter
            ends = ends.filter((end) => end > at)
            const begun = Math.min(CreateLimit.createRoom(limit, 5, ends.length, at).room, jobs - started, 4)
            for (let create = 0; create < begun; create += 1) {
              if (ends.length < cap) {
                ends.push(at + life)
                started += 1
                limit = CreateLimit.afterSuccess(limit, ends.length, at) ?? limit
              } else {
                refusals += 1
                limit = CreateLimit.afterRefusal(limit, refusal({ claimedAt: at }), ends.length, at, 0)
              }
            }
          }
          assert.strictEqual(started, jobs)
          // The first meeting, one for each that a falling limit takes away, and an ever rarer question whether there is more.
          assert.isAtMost(refusals, 12 + Math.max(0, capBefore - capAfter) + (at - now) / 30_000)
        }
      )
    )
  })
})
