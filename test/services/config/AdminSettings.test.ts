import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { summarize } from "../../../src/services/config/ConfigSummary.ts"
import { load, problems, problemsOfText } from "../../support/ConfigFiles.ts"

const entry = (name: unknown, token: unknown, role: unknown = "viewer") => ({ name, role, token })
const problemsWith = (...tokens: ReadonlyArray<unknown>) => problems({ admin: { tokens } })

describe("admin.tokens", () => {
  it.effect("have a name, a role in any case, and a value in place or in a file", () =>
    Effect.gen(function* () {
      const { admin } = yield* load(
        {
          admin: {
            tokens: [
              { name: "dashboard", role: "Viewer", token: "v" },
              { name: "ops@acme", role: "operator", token_file: "ops" }
            ]
          }
        },
        { "/etc/runnerd/ops": "from-file\n" }
      )
      assert.strictEqual(Redacted.value(admin.token), "admin-secret")
      assert.deepEqual(
        admin.tokens.map(({ name, role, token }) => [name, role, Redacted.value(token)]),
        [
          ["dashboard", "viewer", "v"],
          ["ops@acme", "operator", "from-file"]
        ]
      )
    })
  )

  it.effect("may be absent, blank or empty, and admin.token is needed beside them all the same", () =>
    Effect.gen(function* () {
      for (const tokens of [undefined, null, []]) {
        assert.deepEqual((yield* load({ admin: { tokens } })).admin.tokens, [])
      }
      assert.deepEqual(yield* problems({ admin: { token: undefined, tokens: [entry("a", "x")] } }), [
        "admin.token: is missing; expected a text, or a file that holds it in admin.token_file"
      ])
    })
  )

  it.effect("of an unknown role are refused by a sentence that names it", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problemsWith(entry("a", "x", "owner")), [
        'admin.tokens[0].role: "owner" is not accepted; expected viewer or operator or admin'
      ])
    })
  )

  it.effect("lacking something, or of another shape, are reported with their place in the list", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problemsWith({}, null, "hush", { ...entry("d", "x"), rol: "admin" }), [
        "admin.tokens[0].name: is missing; expected a name, such as deploy-bot",
        "admin.tokens[0].role: is missing; expected viewer or operator or admin",
        "admin.tokens[0].token: is missing; expected a text, or a file that holds it in admin.tokens[0].token_file",
        "admin.tokens[1].name: is missing; expected a name, such as deploy-bot",
        "admin.tokens[1].role: is missing; expected viewer or operator or admin",
        "admin.tokens[1].token: is missing; expected a text, or a file that holds it in admin.tokens[1].token_file",
        "admin.tokens[2]: a text is not accepted; expected a mapping with name, role, token, token_file",
        "admin.tokens[3].rol: unknown key; did you mean admin.tokens[3].role?"
      ])
      assert.deepEqual(yield* problems({ admin: { tokens: { hush: "hush" } } }), [
        "admin.tokens: a mapping is not accepted; expected a list of mappings with name, role, token, token_file"
      ])
    })
  )

  it.effect("obey the rules of admin.token, and no message holds a value", () =>
    Effect.gen(function* () {
      const text = `
admin:
  token: 12345
  tokens:
    - { name: a, role: viewer, token: 67890 }
    - { name: b, role: viewer, token: "hush hush" }
    - { name: c, role: viewer, token: hush, token_file: hush }
`
      const lines = (yield* problemsOfText(text)).filter((line) => line.startsWith("admin."))
      assert.deepEqual(lines, [
        "admin.token: a number is not accepted; expected a text (in quotes when it looks like a number)",
        "admin.tokens[0].token: a number is not accepted; expected a text (in quotes when it looks like a number)",
        "admin.tokens[1].token: holds a space, a line break or a character outside ASCII; expected visible ASCII characters only",
        "admin.tokens[2].token: is given together with admin.tokens[2].token_file; expected one of the two",
        "admin.tokens[2].token_file: the file it names does not exist; expected a readable file, by its absolute path or relative to /etc/runnerd"
      ])
    })
  )

  it.effect("each have a name of their own, which is not the name of admin.token", () =>
    Effect.gen(function* () {
      assert.deepEqual(
        yield* problemsWith(entry("a", "x"), entry("b", "y"), entry("a", "z"), entry("admin_api", "w")),
        [
          "admin.tokens[2].name: is the same as admin.tokens[0].name; expected a name of its own, for it says who acts",
          "admin.tokens[3].name: admin_api is what admin.token is called; expected another name"
        ]
      )
      for (const name of ["two words", "line\nbreak", "größe", "x".repeat(65)]) {
        const [line = ""] = yield* problemsWith(entry(name, "x"))
        assert.match(line, /^admin\.tokens\[0\]\.name: ".*" is not accepted; expected 1 to 64 of/)
      }
    })
  )

  it.effect("each have a value of their own, which is not that of admin.token", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problemsWith(entry("a", "x"), entry("b", "x"), entry("c", "admin-secret")), [
        "admin.tokens[1].token: has the same value as admin.tokens[0].token; expected one of its own, for it says who acts",
        "admin.tokens[2].token: has the same value as admin.token; expected one of its own, for it says who acts"
      ])
    })
  )

  it.effect("are listed by check-config with name and role", () =>
    Effect.gen(function* () {
      const config = yield* load({ admin: { tokens: [entry("a", "hush-1"), entry("b", "hush-2", "operator")] } })
      const text = summarize(config)
      assert.match(text, /API tokens +admin_api \(admin\), a \(viewer\), b \(operator\)$/m)
      assert.notInclude(text, "hush")
    })
  )
})
