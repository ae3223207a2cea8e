import { assert, describe, it } from "@effect/vitest"
import { ofClaim, ofInstance, ofRequest, requestId, runnerOf } from "../../src/domain/SandboxMetadata.ts"

const claim = { id: "101", attempt: 2, fence: 5, repository: "acme/web", runnerGroup: null }

/** How E2B answers a list by metadata: every asked entry must be there. */
const matches = (metadata: Record<string, string>, asked: Record<string, string>) =>
  Object.entries(asked).every(([key, value]) => metadata[key] === value)

describe("sandbox metadata", () => {
  it("a claim's sandbox is found by its instance, by its request and by its claim", () => {
    const metadata = ofClaim("inst", claim)
    for (const asked of [ofInstance("inst"), ofRequest("inst", "101"), ofClaim("inst", claim)]) {
      assert.isTrue(matches(metadata, asked))
    }
  })
  it("another instance's, another request's and another claim's sandbox is not", () => {
    const metadata = ofClaim("inst", claim)
    assert.isFalse(matches(metadata, ofInstance("other")))
    assert.isFalse(matches(metadata, ofRequest("inst", "102")))
    assert.isFalse(matches(metadata, ofClaim("inst", { ...claim, fence: 6 })))
  })
  it("says which request it was made for, or null", () => {
    assert.strictEqual(requestId(ofClaim("inst", claim)), "101")
    assert.strictEqual(requestId({ app: "runnerd" }), null)
  })
  it("leads to the runner at GitHub, with the group where there is one, or says that it does not", () => {
    assert.deepStrictEqual(runnerOf("tag123", ofClaim("inst", claim)), {
      target: { _tag: "Repository", owner: "acme", repository: "web" },
      name: "e2b-tag123-101-5"
    })
    assert.deepStrictEqual(runnerOf("tag123", ofClaim("inst", { ...claim, runnerGroup: "gpu" }))?.target, {
      _tag: "Organization",
      owner: "acme",
      repository: "web"
    })
    assert.isNull(runnerOf("tag123", ofRequest("inst", "101")))
  })
  it("holds text only, as E2B wants it", () => {
    for (const value of Object.values(ofClaim("inst", { ...claim, runnerGroup: "gpu" }))) assert.isString(value)
  })
})
