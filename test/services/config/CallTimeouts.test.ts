import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { callTimeout, heartbeatInterval, minimumLeaseSeconds } from "../../../src/services/config/CallTimeouts.ts"

const secondsFrom = (minimum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum: 2_147_483 }))

describe("callTimeout", () => {
  it("is the API timeout, but no more than 0.6 of the lease", () => {
    const seconds = (api: number, lease: number) =>
      Duration.toSeconds(callTimeout(Duration.seconds(api), Duration.seconds(lease)))
    assert.strictEqual(seconds(60, 30), 18)
    assert.strictEqual(seconds(60, 300), 60)
    assert.strictEqual(seconds(5, 30), 5)
    assert.strictEqual(seconds(60, minimumLeaseSeconds), 6)
  })

  it.prop(
    "lets a call that starts just before a renewal end before the lease does, though that renewal fails",
    [secondsFrom(1), secondsFrom(minimumLeaseSeconds)],
    ([api, lease]) => {
      const leaseTtl = Duration.seconds(lease)
      const worst = Duration.sum(heartbeatInterval(leaseTtl), callTimeout(Duration.seconds(api), leaseTtl))
      return Duration.isLessThan(worst, leaseTtl)
    }
  )
})
