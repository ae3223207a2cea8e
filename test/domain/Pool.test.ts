import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { poolKey } from "../../src/domain/Pool.ts"

const spec = (labels: ReadonlyArray<string>, runnerGroup: string | null = null) => ({ labels, runnerGroup })

describe("the key of a pool", () => {
  it("does not depend on the order or the case of labels, nor on the case of the repository (E-17)", () => {
    const labels = ["self-hosted", "e2b", "gpu", "x64"]
    fc.assert(
      fc.property(fc.shuffledSubarray(labels, { minLength: labels.length }), fc.boolean(), (shuffled, upper) => {
        const written = upper ? shuffled.map((label) => label.toUpperCase()) : shuffled
        assert.strictEqual(poolKey("Acme/Web", spec(written)), poolKey("acme/web", spec(labels)))
      })
    )
  })
  it("tells labels, repositories and GitHub runner groups apart", () => {
    const keys = [
      poolKey("acme/web", spec(["a", "b"])),
      poolKey("acme/web", spec(["a"])),
      poolKey("acme/api", spec(["a"])),
      poolKey("acme/web", spec(["a"], "big")),
      poolKey("acme/web", spec(["a"], "small"))
    ]
    assert.strictEqual(new Set(keys).size, keys.length)
  })
  it("is shared by the repositories of an organisation when a GitHub runner group is set", () => {
    assert.strictEqual(poolKey("acme/web", spec(["a"], "big")), poolKey("acme/api", spec(["a"], "big")))
  })
})
