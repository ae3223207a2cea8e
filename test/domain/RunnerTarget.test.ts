import { assert, it } from "@effect/vitest"
import { key, ofRequest, registrationUrl, repositoryFullName } from "../../src/domain/RunnerTarget.ts"

it("a GitHub runner group makes it an organisation runner, whose token the job's repository gives", () => {
  const target = ofRequest("Octo/Hello", "gpu")
  assert.deepStrictEqual(target, { _tag: "Organization", owner: "Octo", repository: "Hello" })
  assert.deepStrictEqual(repositoryFullName(target), "Octo/Hello")
  assert.deepStrictEqual(registrationUrl(target, "https://github.com"), "https://github.com/Octo")
})

it.each([null, "", "  "])("without a group (%j) it is a repository runner", (group) => {
  const target = ofRequest("Octo/Hello", group)
  assert.deepStrictEqual(target._tag, "Repository")
  assert.deepStrictEqual(registrationUrl(target, "https://github.com"), "https://github.com/Octo/Hello")
})

it("names of any case are one target; an organisation is one target for all its repositories", () => {
  assert.deepStrictEqual(key(ofRequest("Octo/Hello", null)), key(ofRequest("octo/hello", null)))
  assert.deepStrictEqual(key(ofRequest("octo/a", "g")), key(ofRequest("octo/b", "h")))
  assert.notDeepEqual(key(ofRequest("octo/a", null)), key(ofRequest("octo/a", "g")))
})

it("E-90: a name without an owner has no repository", () => {
  assert.deepStrictEqual(ofRequest("lonely", null), { _tag: "Repository", owner: "lonely", repository: "" })
})
