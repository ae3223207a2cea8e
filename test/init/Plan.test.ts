// Whatever is answered, the configuration that follows loads, and means what was answered.
import { resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Checks from "../../src/init/Checks.ts"
import { planOf, type SettledAnswers } from "../../src/init/Plan.ts"
import { secretPath } from "../../src/init/SecretFolder.ts"
import { folder, loadText, pem } from "../support/ConfigFiles.ts"

const visible = fc.stringMatching(/^[!-~]{1,60}$/).map(Redacted.make)
const anything = fc
  .string({ unit: "grapheme", minLength: 1 })
  .filter((text) => text.trim() === text && !/[\r\n]$/.test(text))
  .map(Redacted.make)
const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
const port = fc.integer({ min: 0, max: 65_535 })

/** As somebody types them: what a check refuses nobody can answer. */
const accepted = <A, B>(texts: fc.Arbitrary<B>, text: (value: B) => string, check: Checks.Check<A>): fc.Arbitrary<A> =>
  texts
    .map((value) => Effect.runSync(Effect.result(check(text(value)))))
    .filter(Result.isSuccess)
    .map(({ success }) => success)

const same = (text: string) => text

const path = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "var/runnerd.db",
    "true",
    "null",
    "~",
    "1",
    "0x1",
    "1e3",
    "- a",
    "a: b",
    "# x",
    "*x",
    "&x",
    "no",
    "a #b",
    "'",
    '"'
  )
)

const database = fc.oneof(
  accepted(path, same, Checks.database).filter(({ backend }) => backend === "sqlite"),
  accepted(
    fc.tuple(word, word, word),
    ([user, host, name]) => `postgres://${user}@${host.replaceAll(/^[_-]+|[_-]+$/g, "h")}:5432/${name}`,
    Checks.database
  )
)

const answers: fc.Arbitrary<SettledAnswers> = fc
  .record({
    gitHub: fc.oneof(
      fc.record({
        _tag: fc.constant("App" as const),
        id: accepted(fc.integer({ min: 1, max: 999_999_999_999 }), String, Checks.appId),
        privateKey: fc.constantFrom(pem.pkcs1, pem.pkcs8).map(Redacted.make)
      }),
      fc.record({ _tag: fc.constant("Token" as const), token: visible })
    ),
    gitHubApiUrl: fc.oneof(
      fc.constant("https://api.github.com"),
      accepted(port, (number) => `http://127.0.0.1:${number}/`, Checks.gitHubApiUrl)
    ),
    webhookSecret: fc.option(anything, { nil: undefined }),
    publicUrl: fc.option(fc.webUrl(), { nil: undefined }),
    repositories: accepted(
      fc.array(fc.tuple(word, fc.oneof(word, fc.constant("*")))),
      (names) => names.map((name) => name.join("/")).join(", "),
      Checks.repositories
    ),
    e2bKey: visible,
    e2bApiUrl: accepted(fc.webUrl(), same, Checks.e2bApiUrl),
    database,
    password: fc.option(anything, { nil: undefined }),
    listen: accepted(
      fc.tuple(fc.constantFrom("", "0.0.0.0", "[::1]", "runnerd.internal", "127.0.0.1"), port),
      ([host, number]) => `${host}:${number}`,
      Checks.listenAddress
    )
  })
  .map(({ password, ...rest }) => ({
    ...rest,
    databasePassword: rest.database.backend === "postgres" ? password : undefined
  }))

const fresh = {
  adminToken: { name: "admin-token", value: Redacted.make("admin"), isNew: true },
  webhookSecret: Redacted.make("made")
} as const

describe("the configuration that follows from answers", () => {
  it("loads, and says what was answered, whatever it was", () =>
    fc.assert(
      fc.asyncProperty(answers, async (given) => {
        const { configuration, secrets } = planOf(given, fresh)
        const files = secrets.map(({ name, value }) => [`${folder}/${secretPath(name)}`, `${Redacted.value(value)}\n`])
        const config = await Effect.runPromise(loadText(configuration, Object.fromEntries(files)))
        const { database, e2b, github, server } = config
        const host = server.host?.includes(":") ? `[${server.host}]` : (server.host ?? "")
        assert.strictEqual(`${host}:${server.port}`, given.listen)
        assert.deepStrictEqual(
          [Redacted.value(e2b.apiKey), e2b.apiUrl, github.apiBaseUrl, github.allowedRepositories],
          [Redacted.value(given.e2bKey), given.e2bApiUrl, given.gitHubApiUrl, given.repositories]
        )
        assert.strictEqual(
          Redacted.value(github.webhookSecret),
          Redacted.value(given.webhookSecret ?? fresh.webhookSecret)
        )
        assert.strictEqual(github.auth._tag, given.gitHub._tag)
        assert.strictEqual(database.backend, given.database.backend)
        if (database.backend === "sqlite") assert.strictEqual(database.path, resolve(folder, given.database.url))
        else {
          const { hostname, pathname, port, username } = new URL(Redacted.value(database.url))
          assert.strictEqual(`postgres://${username}@${hostname}:${port}${pathname}`, given.database.url)
          assert.deepStrictEqual(database.password?.pipe(Redacted.value), given.databasePassword?.pipe(Redacted.value))
        }
      }),
      { numRuns: 500 }
    ))
})
