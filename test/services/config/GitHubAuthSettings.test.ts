import { createPrivateKey } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { load, loadText, pem, problems } from "../../support/ConfigFiles.ts"

const auth = (github: Record<string, unknown>, files: Record<string, string> = {}) =>
  Effect.map(load({ github: { token: undefined, ...github } }, files), (config) => config.github.auth)

const authProblems = (github: Record<string, unknown>, files: Record<string, string> = {}) =>
  problems({ github: { token: undefined, ...github } }, files)

const exactlyOne = "expected exactly one of github.app, github.token, github.basic_auth"

describe("GitHub authentication (E-123)", () => {
  it.effect("E-123: by token", () =>
    Effect.gen(function* () {
      const token = yield* auth({ token: "ghp_x" })
      assert.strictEqual(token._tag === "Token" ? Redacted.value(token.token) : token._tag, "ghp_x")
    })
  )

  it.effect("E-123: by basic authentication, the password in place or in a file", () =>
    Effect.gen(function* () {
      for (const password of [{ password: "p w" }, { password_file: "pw" }]) {
        const basic = yield* auth({ basic_auth: { username: "bot", ...password } }, { "/etc/runnerd/pw": "p w\n" })
        if (basic._tag !== "Basic") return assert.fail(basic._tag)
        assert.strictEqual(basic.username, "bot")
        assert.strictEqual(Redacted.value(basic.password), "p w")
      }
    })
  )

  it.effect("E-123: by App; the key as PKCS#1 or PKCS#8, in place, on one line or in a file, becomes PKCS#8", () =>
    Effect.gen(function* () {
      const same = createPrivateKey(pem.pkcs8)
      for (const given of [
        { private_key: pem.pkcs1 },
        { private_key: pem.pkcs8 },
        { private_key: pem.pkcs1.replaceAll("\n", "\\n") },
        { private_key_file: "app.pem" },
        { private_key_file: "/keys/app8.pem" }
      ]) {
        const files = { "/etc/runnerd/app.pem": pem.pkcs1, "/keys/app8.pem": pem.pkcs8 }
        const app = yield* auth({ app: { id: 12, installation_id: 34, ...given } }, files)
        if (app._tag !== "App") return assert.fail(app._tag)
        assert.strictEqual(app.appId, 12)
        assert.strictEqual(app.installationId, 34)
        assert.match(Redacted.value(app.privateKey), /^-----BEGIN PRIVATE KEY-----\n/)
        assert.isTrue(createPrivateKey(Redacted.value(app.privateKey)).equals(same))
      }
    })
  )

  it.effect("E-123: the key may be a YAML block text", () =>
    Effect.gen(function* () {
      const block = pem.pkcs1.trimEnd().replaceAll("\n", "\n      ")
      const config = yield* loadText(`
admin: { token: t }
e2b: { api_key: k, api_url: https://api.e2b.app }
github:
  webhook_secret: w
  app:
    id: 7
    private_key: |
      ${block}
`)
      assert.strictEqual(config.github.auth._tag, "App")
    })
  )

  it.effect("E-123: an installation id of 0 or none means each repository's own", () =>
    Effect.gen(function* () {
      for (const installation of [{}, { installation_id: 0 }, { installation_id: null }]) {
        const app = yield* auth({ app: { id: 1, private_key: pem.pkcs1, ...installation } })
        assert.isUndefined(app._tag === "App" ? app.installationId : app._tag)
      }
    })
  )

  it.effect("E-123: none is one problem, more than one another that names them", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* authProblems({}), [`github: no way to authenticate is given; ${exactlyOne}`])
      const app = { id: 1, private_key: pem.pkcs1 }
      const basic = { username: "u", password: "p" }
      assert.deepEqual(yield* authProblems({ app, token: "t", basic_auth: basic }), [
        `github: github.app and github.token and github.basic_auth are given together; ${exactlyOne}`
      ])
      assert.deepEqual(yield* authProblems({ token_file: "x", basic_auth: basic }, { "/etc/runnerd/x": "t" }), [
        `github: github.token and github.basic_auth are given together; ${exactlyOne}`
      ])
    })
  )

  it.effect("E-123: partial basic authentication is reported, whichever half is missing", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* authProblems({ basic_auth: { password: "p" } }), [
        "github.basic_auth.username: is missing; expected a text"
      ])
      assert.deepEqual(yield* authProblems({ basic_auth: { username: "u", password: " " } }), [
        "github.basic_auth.password: is missing; expected a text, or a file that holds it in github.basic_auth.password_file"
      ])
    })
  )

  it.effect("E-123: a user name with a colon is refused: it would end there, and the rest be the password", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* authProblems({ basic_auth: { username: "bot:x", password: "p" } }), [
        'github.basic_auth.username: "bot:x" holds a colon; expected a text without one'
      ])
    })
  )

  it.effect("E-123: a partial App is reported; an installation id alone lacks two keys", () =>
    Effect.gen(function* () {
      const id = "github.app.id: is missing; expected the App's id, a whole number"
      const key =
        "github.app.private_key: is missing; expected a text, or a file that holds it in github.app.private_key_file"
      assert.deepEqual(yield* authProblems({ app: { installation_id: 5 } }), [id, key])
      assert.deepEqual(yield* authProblems({ app: { id: 5 } }), [key])
      assert.deepEqual(yield* authProblems({ app: { id: 0, private_key: pem.pkcs1 } }), [id])
    })
  )

  it.effect("E-123: a wrongly typed key counts as given, and is reported once", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* authProblems({ app: { id: "12", private_key: pem.pkcs1 } }), [
        'github.app.id: "12" is not accepted; expected a whole number, 1 or more'
      ])
      assert.deepEqual(yield* authProblems({ token: 12 }), [
        "github.token: a number is not accepted; expected a text (in quotes when it looks like a number)"
      ])
      assert.deepEqual(yield* authProblems({ app: "x" }), [
        "github.app: a text is not accepted; expected a mapping with id, installation_id, private_key_file, private_key"
      ])
    })
  )

  it.effect("E-123: a key that is no usable RSA key is reported, none of it shown", () =>
    Effect.gen(function* () {
      const refusal =
        "is no RSA private key; expected the PEM file that GitHub generated for the App (PKCS#1 or PKCS#8, no passphrase)"
      for (const broken of ["nonsense", pem.elliptic, pem.encrypted, pem.pkcs1.slice(0, 200)]) {
        assert.deepEqual(yield* authProblems({ app: { id: 1, private_key: broken } }), [
          `github.app.private_key: ${refusal}`
        ])
        assert.deepEqual(yield* authProblems({ app: { id: 1, private_key_file: "k" } }, { "/etc/runnerd/k": broken }), [
          `github.app.private_key_file: ${refusal}`
        ])
      }
      const lines = yield* authProblems({ app: { id: 1, private_key_file: "gone.pem" } })
      assert.deepEqual(lines, [
        "github.app.private_key_file: the file it names does not exist; expected a readable file, by its absolute path or relative to /etc/runnerd"
      ])
    })
  )

  it.effect("E-123: the retired github.owner and github.repo are refused unless blank", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* authProblems({ token: "t", owner: "", repo: null }), [])
      assert.deepEqual(
        (yield* authProblems({ token: "t", owner: "acme", repo: "app" })).map((line) => line.slice(0, 36)),
        ['github.owner: "acme" is not accepted', 'github.repo: "app" is not accepted; ']
      )
    })
  )
})
