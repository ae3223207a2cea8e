import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { covers, LabelList, maxSpecLabels } from "../../src/domain/Labels.ts"

const decode = Schema.decodeUnknownResult(LabelList)
const problem = (input: unknown): string => {
  const result = decode(input)
  return Result.isFailure(result) ? result.failure.message : "none"
}

describe("covers", () => {
  it("E-08 holds when every wanted label is there, case and surrounding spaces ignored, extra ones allowed", () => {
    assert.isTrue(covers(["self-hosted", "Linux", "X64"], [" LINUX", "x64 "]))
    assert.isFalse(covers(["linux"], ["linux", "gpu"]))
    assert.isTrue(covers(["linux"], []))
  })
})

describe("a spec's labels", () => {
  it("keep order and case, and drop later ones that differ in case or spaces only", () => {
    assert.deepStrictEqual(decode(["GPU", " Linux ", "gpu", "x64", "LINUX"]), Result.succeed(["GPU", "Linux", "x64"]))
  })
  it("E-104 are at least one, none blank, none with a comma, as GitHub would refuse or split them", () => {
    assert.include(problem([]), "at least one label")
    assert.include(problem(["linux", " "]), "a label that is not blank")
    assert.include(problem(["linux,gpu"]), "a label without commas")
  })
  it("have at most 100 entries of at most 256 characters, without control characters", () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `l${index}`)
    assert.isTrue(Result.isSuccess(decode(many(maxSpecLabels))))
    assert.include(problem(many(maxSpecLabels + 1)), "at most 100 labels")
    assert.isTrue(Result.isSuccess(decode(["x".repeat(256)])))
    assert.include(problem(["x".repeat(257)]), "at most 256 characters")
    for (const label of ["a\nb", "a\0b", "a\u007fb", "a\u0085b"]) assert.include(problem([label]), "control characters")
  })
  it("name the entry that is wrong, and refuse what is no list of text", () => {
    assert.include(problem(["fine", "a,b"]), "[1]")
    for (const input of [null, "linux", [1], [null], {}]) assert.notStrictEqual(problem(input), "none")
  })
})
