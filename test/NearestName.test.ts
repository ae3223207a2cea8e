import { assert, describe, it } from "@effect/vitest"
import { nearestName } from "../src/NearestName.ts"

describe("nearestName", () => {
  it("finds a name with letters dropped, added, replaced or swapped, whatever its case and separators", () => {
    const known = ["timeout_seconds", "api_key", "api_url"]
    for (const name of ["timeout_second", "timeuot_seconds", "Timeout-Seconds", "timeoutSeconds", "tmeout_secunds"]) {
      assert.strictEqual(nearestName(name, known), "timeout_seconds")
    }
    assert.strictEqual(nearestName("apikey", known), "api_key")
    assert.strictEqual(nearestName("api_ur", known), "api_url")
  })

  it("suggests nothing when a third or more would have to change", () => {
    assert.isUndefined(nearestName("retention_days", ["timeout_seconds", "api_key"]))
    assert.isUndefined(nearestName("x", ["app", "repo"]))
  })
})
