import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Config } from "../../../src/services/config/Config.ts"
import { configFile, filesLayer, load, loadText, minimal, problems, problemsOfText } from "../../support/ConfigFiles.ts"

const has = (lines: ReadonlyArray<string>, start: string) =>
  assert.isTrue(
    lines.some((line) => line.startsWith(start)),
    `no line starts with "${start}" in:\n${lines.join("\n")}`
  )

describe("a document with only what is required", () => {
  it.effect("decodes to the documented defaults", () =>
    Effect.gen(function* () {
      const config = yield* load()
      assert.deepEqual(config.server, {
        host: undefined,
        port: 25500,
        readTimeout: Duration.seconds(15),
        writeTimeout: Duration.seconds(60),
        idleTimeout: Duration.seconds(120),
        corsOrigins: [],
        trustedProxies: [],
        accessLog: true
      })
      assert.deepEqual(config.database, { backend: "sqlite", path: "/etc/runnerd/var/runnerd.db" })
      assert.strictEqual(Redacted.value(config.admin.token), "admin-secret")
      const { apiKey, ...e2b } = config.e2b
      assert.strictEqual(Redacted.value(apiKey), "e2b-secret")
      assert.deepEqual(e2b, {
        apiUrl: "https://api.e2b.app",
        sandboxUrl: undefined,
        domain: "e2b.app",
        timeout: Duration.seconds(3600),
        maxTimeout: "unlimited",
        apiTimeout: Duration.seconds(18),
        createTimeout: Duration.seconds(120),
        stopTimeout: Duration.seconds(30),
        createsPerSecond: 5
      })
      assert.strictEqual(Redacted.value(config.github.webhookSecret), "webhook-secret")
      assert.strictEqual(config.github.apiBaseUrl, "https://api.github.com")
      assert.deepEqual(config.github.allowedRepositories, [])
      assert.strictEqual(config.github.registrationMode, "jit")
      assert.deepEqual(config.worker, {
        maxConcurrentRunners: 100,
        maxConcurrentCreates: 50,
        runnerIdleTimeout: Duration.seconds(300),
        readyTimeout: Duration.seconds(120),
        recoveryTimeout: Duration.seconds(120),
        shutdownTimeout: Duration.seconds(20),
        leaseTtl: Duration.seconds(30),
        retryBaseDelay: Duration.seconds(15),
        retryMaxDelay: Duration.seconds(300),
        retryMaxAttempts: 5,
        breakerDeaths: 10,
        breakerCooldown: Duration.seconds(300)
      })
    })
  )

  it.effect("is what the layer offers as the service Config", () =>
    Effect.gen(function* () {
      const config = yield* Config
      assert.strictEqual(config.server.port, 25500)
    }).pipe(
      Effect.provide(Config.layer(configFile)),
      Effect.provide(filesLayer({ [configFile]: JSON.stringify(minimal) }))
    )
  )

  it.effect("accepts a blank text and a key without a value wherever a key may be left out", () =>
    Effect.gen(function* () {
      const config = yield* loadText(`
server: { http_addr: "", read_timeout_seconds: }
database:
admin: { token: t, token_file: "" }
e2b: { api_key: k, api_url: https://api.e2b.app, sandbox_url: "  " }
github:
  webhook_secret: w
  allowed_repositories:
  owner: ""
  repo:
  token: t
  basic_auth: { username: "", password: "" }
  app: { id: 0, installation_id: 0, private_key_file: "" }
`)
      assert.strictEqual(config.server.port, 25500)
      assert.strictEqual(config.github.auth._tag, "Token")
    })
  )
})

describe("problems", () => {
  it.effect("are all reported in one run, sorted by path, one line each", () =>
    Effect.gen(function* () {
      const lines = yield* problemsOfText(`
admin: { token: [x] }
e2b: { api_key: 1, api_url: "ftp://x", timeout_seconds: 60, creates_per_second: 0 }
github:
  tokn: x
  owner: acme
  app: { id: -1 }
  basic_auth: { username: x }
  api_base_url: https://ghe.example.com/api/v3
  allowed_repositories: [a]
worker: { max_concurrent_runners: -1, retry_base_delay_seconds: 500, lease_ttl_seconds: 9 }
surprise: 1
`)
      assert.deepEqual(
        lines.map((line) => line.slice(0, line.indexOf(":"))),
        [
          "admin.token",
          "e2b.api_key",
          "e2b.api_url",
          "e2b.creates_per_second",
          "e2b.timeout_seconds",
          "github",
          "github.allowed_repositories",
          "github.api_base_url",
          "github.app.id",
          "github.app.private_key",
          "github.basic_auth.password",
          "github.owner",
          "github.tokn",
          "github.webhook_secret",
          "surprise",
          "worker.lease_ttl_seconds",
          "worker.max_concurrent_runners",
          "worker.retry_base_delay_seconds"
        ]
      )
      for (const line of lines) assert.match(line, /expected|did you mean/)
    })
  )

  it.effect("of a missing key name the key and what it accepts", () =>
    Effect.gen(function* () {
      const lines = yield* problemsOfText("server: {}")
      assert.deepEqual(lines, [
        "admin.token: is missing; expected a text, or a file that holds it in admin.token_file",
        "e2b.api_key: is missing; expected a text, or a file that holds it in e2b.api_key_file",
        "e2b.api_url: is missing; expected an http or https URL, as https://api.e2b.app",
        "github: no way to authenticate is given; expected exactly one of github.app, github.token, github.basic_auth",
        "github.webhook_secret: is missing; expected a text, or a file that holds it in github.webhook_secret_file"
      ])
    })
  )

  it.effect("of an unknown key suggest the nearest known one, or the same name elsewhere", () =>
    Effect.gen(function* () {
      const lines = yield* problems({
        worker: { leaseTtlSeconds: 1, max_concurent_runners: 5, webhook_secret: "x", zzz: 1 },
        sever: {},
        constructor: 1
      })
      has(lines, "worker.leaseTtlSeconds: unknown key; did you mean worker.lease_ttl_seconds?")
      has(lines, "worker.max_concurent_runners: unknown key; did you mean worker.max_concurrent_runners?")
      has(lines, "worker.webhook_secret: unknown key here; did you mean github.webhook_secret?")
      has(lines, "worker.zzz: unknown key; expected one of max_concurrent_runners, ")
      has(lines, "sever: unknown key; did you mean server?")
      has(lines, "constructor: unknown key; expected one of server, ")
      assert.strictEqual(lines.length, 6)
    })
  )

  it.effect("of a wrong section are not followed by problems of the keys in it", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problems({ github: 5, e2b: [] }), [
        "e2b: a list is not accepted; expected a mapping with api_key, api_key_file, api_url, sandbox_url, timeout_seconds, max_timeout_seconds, api_timeout_seconds, create_timeout_seconds, stop_timeout_seconds, creates_per_second",
        "github: a number is not accepted; expected a mapping with webhook_secret, webhook_secret_file, api_base_url, allowed_repositories, registration_mode, app, token, token_file, basic_auth, owner, repo"
      ])
    })
  )

  it.effect("show a wrong value on one line, cut when it is long", () =>
    Effect.gen(function* () {
      const lines = yield* problems({
        server: { http_addr: 25500, read_timeout_seconds: "15", idle_timeout_seconds: `a\n${"b".repeat(200)}` }
      })
      has(lines, "server.http_addr: 25500 is not accepted; expected ")
      has(lines, 'server.read_timeout_seconds: "15" is not accepted; expected a whole number of seconds')
      has(lines, 'server.idle_timeout_seconds: "a\\nbbb')
      assert.strictEqual(lines.length, 3)
      assert.isTrue(lines.every((line) => line.length < 250))
    })
  )

  it.effect("of the file as a whole are one sentence", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problemsOfText("# nothing\n"), [
        `${configFile}: is empty; expected the settings shown in runnerd.yaml.example`
      ])
      assert.deepEqual(yield* problemsOfText("- a\n"), [
        `${configFile}: holds a list; expected a mapping with server, log, database, admin, e2b, github, worker, repair, metrics, telemetry, profiling, retention`
      ])
      assert.deepEqual(yield* problemsOfText("server:\n  http_addr: a\n  http_addr: b\n"), [
        `${configFile}: is not valid YAML: Duplicate key 'http_addr' at line 3`
      ])
      assert.deepEqual(yield* problemsOfText("server:\n\thttp_addr: a\n"), [
        `${configFile}: is not valid YAML: Tabs cannot be used for YAML indentation at line 2`
      ])
    })
  )
})

describe("limits", () => {
  const wordless = ["max_concurrent_creates", "retry_max_attempts", "runner_idle_timeout_seconds", "lease_ttl_seconds"]
  it.effect.each([0, -1, 1.5, Number.MAX_SAFE_INTEGER * 2, "5", true, "none"])(
    "of %s are errors, never silently a default, and name the word where there is one",
    (value) =>
      Effect.gen(function* () {
        const all = [...wordless, "max_concurrent_runners"]
        const lines = yield* problems({ worker: Object.fromEntries(all.map((name) => [name, value])) })
        assert.strictEqual(lines.length, all.length)
        has(
          lines,
          `worker.max_concurrent_runners: ${JSON.stringify(value)} is not accepted; expected a whole number, 1 or more, or the word unlimited`
        )
        for (const name of wordless)
          has(lines, `worker.${name}: ${JSON.stringify(value)} is not accepted; expected a whole number`)
      })
  )

  it.effect("may be unlimited where that makes sense, and only there", () =>
    Effect.gen(function* () {
      const unlimited = "unlimited"
      const config = yield* load({
        worker: { max_concurrent_runners: unlimited },
        e2b: { creates_per_second: unlimited }
      })
      assert.strictEqual(config.worker.maxConcurrentRunners, unlimited)
      assert.strictEqual(config.e2b.createsPerSecond, unlimited)
      const lines = yield* problems({
        worker: { retry_max_attempts: unlimited, runner_idle_timeout_seconds: unlimited }
      })
      assert.strictEqual(lines.length, 2)
    })
  )

  it.effect("on the rate of creates may be a fraction, but neither 0 nor infinite", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* load({ e2b: { creates_per_second: 0.5 } })).e2b.createsPerSecond, 0.5)
      for (const rate of [0, -1]) assert.strictEqual((yield* problems({ e2b: { creates_per_second: rate } })).length, 1)
      const infinite = yield* problemsOfText("e2b: { creates_per_second: .inf }")
      has(infinite, "e2b.creates_per_second: Infinity is not accepted; expected a number above 0")
    })
  )

  it.effect("of time are no longer than a timer can wait", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problems({ e2b: { timeout_seconds: 2_147_483 } }), [])
      has(yield* problems({ e2b: { timeout_seconds: 2_147_484 } }), "e2b.timeout_seconds: 2147484 is not accepted")
    })
  )
})

describe("combinations", () => {
  it.effect("with a first retry delay above the longest are refused; equal ones are fine", () =>
    Effect.gen(function* () {
      const delays = (base: number, longest: number) =>
        problems({ worker: { retry_base_delay_seconds: base, retry_max_delay_seconds: longest } })
      has(
        yield* delays(301, 300),
        "worker.retry_base_delay_seconds: 301 is more than worker.retry_max_delay_seconds, 300"
      )
      has(yield* problems({ worker: { retry_max_delay_seconds: 14 } }), "worker.retry_base_delay_seconds: 15 is more")
      assert.deepEqual(yield* delays(300, 300), [])
    })
  )

  it.effect("are not judged while one of their values is wrong", () =>
    Effect.gen(function* () {
      const lines = yield* problems({ worker: { retry_base_delay_seconds: "x", retry_max_delay_seconds: 1 } })
      assert.strictEqual(lines.length, 1)
    })
  )

  it.effect("with a lease below 10 s are refused; the original's 300 s are accepted", () =>
    Effect.gen(function* () {
      has(yield* problems({ worker: { lease_ttl_seconds: 9 } }), "worker.lease_ttl_seconds: 9 is too short")
      for (const lease of [10, 300]) assert.deepEqual(yield* problems({ worker: { lease_ttl_seconds: lease } }), [])
    })
  )

  it.effect("with a sandbox that lives no longer than its creation may take are refused", () =>
    Effect.gen(function* () {
      has(yield* problems({ e2b: { timeout_seconds: 120 } }), "e2b.timeout_seconds: a sandbox that lives 120 s")
      assert.deepEqual(yield* problems({ e2b: { timeout_seconds: 121 } }), [])
    })
  )

  it.effect(
    "of a call limit above 0.6 of an explicit lease are refused, never cut; what is not given follows from what is",
    () =>
      Effect.gen(function* () {
        const timeouts = (api: number | undefined, lease: number | undefined) => ({
          e2b: { api_timeout_seconds: api },
          worker: { lease_ttl_seconds: lease }
        })
        assert.deepEqual(yield* problems(timeouts(19, 31)), [
          "worker.lease_ttl_seconds: a lease of 31 s is too short for e2b.api_timeout_seconds, 19 s, which must end within 0.6 of it; expected 32 or more, or a call limit of at most 18 s"
        ])
        for (const [api, lease, effective, leaseTtl] of [
          [19, 32, 19, 32],
          [60, 100, 60, 100],
          [18, undefined, 18, 30],
          // As a file written for the original may have it.
          [60, undefined, 60, 100],
          [undefined, undefined, 18, 30],
          [undefined, 10, 6, 10],
          [undefined, 300, 60, 300]
        ] as const) {
          const config = yield* load(timeouts(api, lease))
          assert.strictEqual(Duration.toSeconds(config.e2b.apiTimeout), effective)
          assert.strictEqual(Duration.toSeconds(config.worker.leaseTtl), leaseTtl)
        }
      })
  )

  it.effect("a longest life that is shorter than the first is wrong, and unlimited is none", () =>
    Effect.gen(function* () {
      const [line, ...more] = yield* problems({ e2b: { timeout_seconds: 3600, max_timeout_seconds: 1800 } })
      assert.include(line, "e2b.max_timeout_seconds: 1800 is less than e2b.timeout_seconds, 3600")
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(yield* problems({ e2b: { max_timeout_seconds: "unlimited" } }), [])
    })
  )
  it.effect("of creation and lease are free: the lease is renewed between calls", () =>
    Effect.gen(function* () {
      const lines = yield* problems({ e2b: { create_timeout_seconds: 600 }, worker: { lease_ttl_seconds: 10 } })
      assert.deepEqual(lines, [])
    })
  )
})
