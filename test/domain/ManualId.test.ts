import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ManualId } from "../../src/domain/ManualId.ts"
import { runnerName } from "../../src/domain/RunnerRequest.ts"

const isManualId = Schema.is(ManualId)

describe("the id of a manual request", () => {
  it("is never one that a job's request may have", () => {
    for (const id of ["1", "123", "123-2", "0", "99999999999999999999", "7-1000"]) assert.isFalse(isManualId(id), id)
  })
  it("is short, of lower case, and can stand in a path, a file name and a runner's name", () => {
    for (const id of ["a", "0a", "nightly", "123-a", "123-2-3", "a.b_c-d", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"]) {
      assert.isTrue(isManualId(id), id)
    }
    for (const id of ["", " ", "A", "a b", "a/b", "..", "-a", ".a", "ä", "a\n", "a".repeat(41)]) {
      assert.isFalse(isManualId(id), JSON.stringify(id))
    }
  })
  it("leaves room in the 64 characters that GitHub has for a runner's name", () => {
    assert.isAtMost(runnerName("abc234", "a".repeat(40), 99_999).length, 64)
  })
})
