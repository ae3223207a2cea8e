import { assert, describe, it } from "@effect/vitest"
import * as CallLimit from "../../src/domain/CallLimit.ts"
import * as GitHub from "../../src/domain/GitHubError.ts"

const detail = "GitHub's words"
const now = 1_000_000
const words = { code: "github_rate_limit" as const, message: "sentence", startedAt: now - 10 }
const primary = (resetAtMillis?: number) =>
  new GitHub.PrimaryRateLimited({ detail, ...(resetAtMillis === undefined ? {} : { resetAtMillis }) })
const secondary = (retryAfterSeconds?: number) =>
  new GitHub.SecondaryRateLimited({ detail, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
const openAt = (reason: GitHub.GitHubErrorReason, limit = CallLimit.unlimited, at = now) =>
  CallLimit.afterRefusal(limit, reason, { ...words, startedAt: at - 10 }, at)?.openAt

describe("GitHub's limits", () => {
  it("hold until Retry-After or the reset, whichever limit it was (E-45)", () => {
    assert.strictEqual(openAt(secondary(7)), now + 7000)
    assert.strictEqual(openAt(primary(now + 3_000_000)), now + 3_000_000)
  })
  it("without a hint hold for a minute, and longer each time", () => {
    let limit = CallLimit.unlimited
    const waits: Array<number> = []
    let at = now
    for (let refused = 0; refused < 6; refused += 1) {
      limit = CallLimit.afterRefusal(limit, secondary(), { ...words, startedAt: at }, at)!
      waits.push((limit.openAt! - at) / 60_000)
      at = limit.openAt! + 1
    }
    assert.deepStrictEqual(waits, [1, 2, 4, 8, 15, 15])
  })
  it("a refusal long after the last one is a first one again", () => {
    const limit = CallLimit.afterRefusal(CallLimit.unlimited, secondary(), words, now)!
    assert.strictEqual(openAt(secondary(), limit, now + 600_000), now + 660_000)
  })
  it("calls that were under way when one was refused are one refusal together, and never shorten its hold", () => {
    const limit = CallLimit.afterRefusal(CallLimit.unlimited, secondary(100), words, now)!
    const after = CallLimit.afterRefusal(limit, secondary(3), words, now + 5)!
    assert.deepInclude(after, { openAt: now + 100_000, refusals: 1 })
  })
  it("a reset that our clock takes for past is no loop", () => {
    assert.strictEqual(openAt(primary(now - 5000)), now + 1000)
  })
  it("other failures hold nothing", () => {
    for (const reason of [
      new GitHub.Forbidden({ detail }),
      new GitHub.Unavailable({ status: 502, detail }),
      new GitHub.OnHold({ untilMillis: now + 5, code: "github_rate_limit", detail })
    ]) {
      assert.isNull(CallLimit.afterRefusal(CallLimit.unlimited, reason, words, now))
    }
  })
  it("the last tenth of an hour's calls is kept for looks and deletions", () => {
    const left = { limit: 5000, resetAtMillis: now + 60_000 }
    assert.isNull(CallLimit.claimsHeldBy({ ...left, remaining: 501 }, now))
    assert.strictEqual(CallLimit.claimsHeldBy({ ...left, remaining: 500 }, now), now + 60_000)
    assert.isNull(CallLimit.claimsHeldBy({ ...left, remaining: 0, resetAtMillis: now }, now))
  })
  it("are counted for each account an App is installed in, whatever the case of its name, or for the one token", () => {
    assert.strictEqual(CallLimit.scopeOf("each account", "Acme/web"), "github:acme")
    assert.strictEqual(CallLimit.scopeOf("each account", "acme/API"), "github:acme")
    assert.strictEqual(CallLimit.scopeOf("all together", "acme/web"), CallLimit.scopeOf("all together", "dana/tools"))
  })
})
