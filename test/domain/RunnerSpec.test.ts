import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { RepositoryPolicy } from "../../src/domain/RepositoryPolicy.ts"
import { RunnerSpec } from "../../src/domain/RunnerSpec.ts"
import { groupPolicy, makeSpec } from "./CatalogArbitrary.ts"

const json = Schema.toCodecJson(RunnerSpec)
const encoded = Schema.encodeSync(json)(makeSpec("gpu", ["Self-Hosted", "gpu"])) as Record<string, unknown>
const decode = Schema.decodeUnknownResult(json)

describe("a runner spec", () => {
  it("comes back the same from JSON", () => {
    const again = Result.getOrThrow(decode(JSON.parse(JSON.stringify(encoded))))
    assert.deepStrictEqual(again, makeSpec("gpu", ["Self-Hosted", "gpu"]))
  })
  it("has a trimmed name without control characters or lone surrogates, a template, and at least one label", () => {
    for (const over of [
      { name: "" },
      { name: " a" },
      { name: "a\nb" },
      { name: "a\ud800" },
      { templateId: "" },
      { labels: [] }
    ]) {
      assert.isTrue(Result.isFailure(decode({ ...encoded, ...over })), JSON.stringify(over))
    }
  })
  it("may be unlimited or have a negative priority, but only in whole numbers", () => {
    assert.isTrue(Result.isSuccess(decode({ ...encoded, maxConcurrency: -1, priority: -5 })))
    assert.isTrue(Result.isFailure(decode({ ...encoded, maxConcurrency: 1.5 })))
  })
})

describe("a repository policy", () => {
  it("has exactly one target", () => {
    const policyJson = Schema.toCodecJson(RepositoryPolicy)
    const policy = Schema.encodeSync(policyJson)(groupPolicy(1, "acme/*", "big")) as object
    const accepts = (target: unknown) => Result.isSuccess(Schema.decodeUnknownResult(policyJson)({ ...policy, target }))
    assert.isTrue(accepts({ _tag: "Spec", specName: "gpu" }))
    assert.isTrue(accepts({ _tag: "Group", groupName: "big" }))
    assert.isFalse(accepts({ _tag: "Spec", groupName: "big" }))
    assert.isFalse(accepts({ _tag: "Spec", specName: "" }))
  })
})
