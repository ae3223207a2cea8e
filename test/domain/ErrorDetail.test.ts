import { assert, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { errorDetail } from "../../src/domain/ErrorDetail.ts"

it("no known secret of 4 characters or more survives, wherever it stands, and no detail is long", () => {
  const secret = fc
    .string({ minLength: 4, maxLength: 40 })
    .filter((text) => /^[\w.-]+$/.test(text) && text !== "redacted")
  fc.assert(
    fc.property(secret, fc.array(fc.string({ maxLength: 300 })), (secret, parts) => {
      const detail = errorDetail(parts.join(secret), [undefined, Redacted.make(secret)])
      assert.isAtMost(detail.length, 500)
      if (!"<redacted>".includes(secret)) assert.notInclude(detail, secret)
    })
  )
})

it("a detail is one line", () => {
  assert.deepStrictEqual(errorDetail("a\r\n  b\t c ", []), "a b c")
})

it("what has the form of a token is in no detail, though nobody knows it", () => {
  const jwt = ["eyJhbGciOiJSUzI1NiJ9", "eyJpc3MiOiI0MjQyIn0", "s".repeat(342)].join(".")
  const jit = Buffer.from(JSON.stringify({ ".runner": "x".repeat(300) })).toString("base64")
  for (const token of [`ghs_${"a1".repeat(18)}`, `ghs_4242_${jwt}`, `github_pat_${"B2".repeat(30)}`, jwt, jit]) {
    assert.strictEqual(errorDetail(`Bad credentials: ${token}!`, []), "Bad credentials: <redacted>!")
  }
  const ordinary = "the branch ghs_short of eyJhbGciOiJSUzI1NiJ9 was not found"
  assert.strictEqual(errorDetail(ordinary, []), ordinary)
})
