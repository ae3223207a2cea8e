import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import {
  matchesPattern,
  parseRepositoryName,
  RepositoryPattern,
  repositoryKey
} from "../../src/domain/RepositoryName.ts"

describe("a repository name", () => {
  it("is owner/repo in the characters that GitHub allows", () => {
    assert.deepStrictEqual(
      parseRepositoryName("Octo-Org/example.workflow_1"),
      Option.some({ owner: "Octo-Org", repository: "example.workflow_1" })
    )
    assert.isTrue(Option.isSome(parseRepositoryName("managed_user/.github")))
  })
  it("is nothing that could leave its place in a URL path", () => {
    for (const text of [
      "a",
      "a/",
      "/a",
      "a/b/c",
      "a/..",
      "a/.",
      "../b",
      "a/b?c",
      "a/b#c",
      "a/%2e",
      "a b/c",
      "a/b\n",
      "a/*"
    ]) {
      assert.isTrue(Option.isNone(parseRepositoryName(text)), text)
    }
  })
  it("E-17 has one key whatever its case", () => {
    assert.strictEqual(repositoryKey(" Acme/Web "), repositoryKey("acme/WEB"))
  })
})

describe("a pattern", () => {
  it("E-17 selects its repository or all of its owner's, case ignored", () => {
    assert.isTrue(matchesPattern("Acme/Web", "acme/web"))
    assert.isTrue(matchesPattern(" ACME/* ", "acme/web"))
    assert.isFalse(matchesPattern("acme/web", "acme/web2"))
    assert.isFalse(matchesPattern("acme/*", "acme2/web"))
    assert.isFalse(matchesPattern("acme/*", "acme"))
  })
  it("has no other wildcards", () => {
    for (const pattern of ["*", "*/*", "/*", "", "acme", "*/web", "acme/w*", "acme/**"]) {
      assert.isFalse(matchesPattern(pattern, "acme/web"), pattern)
    }
    assert.isFalse(matchesPattern("acme/*", "acme/*"))
  })
  it("is accepted by its schema exactly when it can select something", () => {
    const is = Schema.is(RepositoryPattern)
    for (const pattern of ["acme/web", "Acme/*"]) assert.isTrue(is(pattern), pattern)
    for (const pattern of ["*", "*/*", "/*", "", "acme", "acme/", "acme/w*", " acme/* "])
      assert.isFalse(is(pattern), pattern)
  })
})
