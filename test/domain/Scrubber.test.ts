import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { makeScrubber, seek } from "../../src/domain/Scrubber.ts"

const jit = Buffer.from(
  JSON.stringify({ ".runner": Buffer.from("x".repeat(300)).toString("base64"), ".credentials": "e30=" })
).toString("base64")

const pat = `ghp_${"a1B2".repeat(9)}`

const pem = [
  "-----BEGIN PRIVATE KEY-----",
  "MIIEvQIBADANBgkqhkiG9w0B",
  "AQEFAASCBKcwggSjAgEAAoIB",
  "-----END PRIVATE KEY-----"
]

const scrub = (secrets: ReadonlyArray<string>, pieces: ReadonlyArray<string>) => {
  const scrubber = makeScrubber(seek(secrets))
  return pieces.map((piece) => scrubber.push(piece)).join("") + scrubber.end()
}

/** A text cut at any places. */
const cut = (text: string, places: ReadonlyArray<number>) => {
  const at = [0, ...places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return at.slice(1).map((end, index) => text.slice(at[index], end))
}

describe("a scrubber", () => {
  const secret = fc.stringMatching(/^[a-c+.$]{8,12}$/)
  const piece = fc.oneof(fc.stringMatching(/^[a-c+.$\n ]{0,6}$/), fc.constantFrom(jit, pat))
  const places = fc.array(fc.nat(), { maxLength: 12 })

  it("leaves none of the secrets, wherever they stand and however the text is cut; the cuts change nothing", () => {
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 3 }), fc.array(piece), fc.nat(), places, (secrets, parts, n, at) => {
        const text = parts
          .map((part, index) => part + ((index + n) % 2 === 0 ? (secrets[index % 3] ?? "") : ""))
          .join("")
        const shown = scrub(secrets, cut(text, at))
        assert.strictEqual(shown, scrub(secrets, [text]))
        for (const each of [...secrets, jit, pat]) assert.notInclude(shown, each)
      }),
      { numRuns: 3000 }
    )
  })

  it("leaves a text without secrets as it is, also one that looks like the beginning of one", () => {
    const text = `Running job eyIu, ghs_short, then eyIuYWJj and admin-tok; ${"eyJh".repeat(100)} admin-\n`
    for (const places of [[], [3, 13, 17, 21, 30], [text.length - 3]]) {
      assert.strictEqual(scrub(["admin-token", "short"], cut(text, places)), text)
    }
  })

  it("shows at once what ends a line, and the rest when it is known to be none", () => {
    const scrubber = makeScrubber(seek(["admin-token"]))
    assert.strictEqual(scrubber.push("a line\nadmin-"), "a line\n")
    assert.strictEqual(scrubber.push("istration\n"), "admin-istration\n")
    assert.strictEqual(scrubber.push("admin-"), "")
    assert.strictEqual(scrubber.push("token!"), "<redacted>!")
    assert.strictEqual(scrubber.push("adm"), "")
    assert.strictEqual(scrubber.end(), "adm")
  })

  it("finds each line of a key, and a JIT configuration that nobody has told it of", () => {
    const shown = scrub([pem.join("\n")], [`${pem.join("\r\n")}\nconfig=${jit.slice(0, 99)}`, `${jit.slice(99)} end`])
    for (const line of pem.slice(1, -1)) assert.notInclude(shown, line)
    assert.include(shown, "config=<redacted> end")
  })

  it("does not hold back without end what looks like a JIT configuration", () => {
    const scrubber = makeScrubber(seek([]))
    const shown = Array.from({ length: 40 }, () => scrubber.push(`eyIu${"A".repeat(8000)}`)).join("")
    assert.match(shown + scrubber.end(), /^(<redacted>)+$/)
  })
})
