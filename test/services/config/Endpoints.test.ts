import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { summarize } from "../../../src/services/config/ConfigSummary.ts"
import { load, problems } from "../../support/ConfigFiles.ts"

describe("server.http_addr", () => {
  it.effect.each([
    [":25500", undefined, 25500],
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["runnerd.example.com:65535", "runnerd.example.com", 65535],
    ["[::1]:80", "::1", 80]
  ] as const)("%s is an interface and a port", ([address, host, port]) =>
    Effect.gen(function* () {
      const { server } = yield* load({ server: { http_addr: address } })
      assert.deepEqual([server.host, server.port], [host, port])
    })
  )

  it.effect.each(["25500", ":65536", "::1:80", ":http", "http://a:80", "a b:80", "a:"])("%s is refused", (address) =>
    Effect.gen(function* () {
      const lines = yield* problems({ server: { http_addr: address } })
      assert.deepEqual(lines, [
        `server.http_addr: "${address}" is not accepted; expected ":PORT", "HOST:PORT" or "[IPV6]:PORT", as ":25500"`
      ])
    })
  )
})

describe("github.api_base_url", () => {
  it.effect.each([
    ["https://api.github.com", "https://api.github.com"],
    ["https://api.github.com/", "https://api.github.com"],
    ["https://API.github.com:443", "https://api.github.com"],
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
    ["http://127.9.9.9:1/api/v3/", "http://127.9.9.9:1/api/v3"],
    ["http://[::1]:8080", "http://[::1]:8080"],
    ["http://localhost:8080", "http://localhost:8080"]
  ] as const)("%s is GitHub.com or on the loopback", ([url, base]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* load({ github: { api_base_url: url } })).github.apiBaseUrl, base)
    })
  )

  it.effect.each([
    "https://ghe.example.com/api/v3",
    "http://api.github.com",
    "https://api.github.com/api/v3",
    "https://api.github.com.example.com",
    "https://api.github.com:8443",
    "https://127.0.0.1:8080",
    "http://localhost.example.com",
    "http://127.example.com",
    "http://10.0.0.1",
    "http://[::2]"
  ])("E-123: %s is refused as GitHub Enterprise Server", (url) =>
    Effect.gen(function* () {
      const [line = "", ...more] = yield* problems({ github: { api_base_url: url } })
      assert.isTrue(line.startsWith(`github.api_base_url: "${url}" is not GitHub.com, and GitHub Enterprise Server`))
      assert.isEmpty(more)
    })
  )

  it.effect("with a user name, a query, or no URL at all is refused", () =>
    Effect.gen(function* () {
      const said = (url: string) => problems({ github: { api_base_url: url } })
      const start = "github.api_base_url: "
      assert.deepEqual(yield* said("http://hush@localhost"), [
        `${start}holds a user name or password; expected a URL without them`
      ])
      assert.deepEqual(yield* said("ftp://u:hush@localhost"), [
        `${start}this value is not accepted; expected an http or https URL`
      ])
      assert.deepEqual(yield* said("http://localhost?x"), [
        `${start}has a query or a fragment; expected a URL that paths can be appended to`
      ])
      assert.deepEqual(yield* said("api.github.com"), [
        `${start}"api.github.com" is not accepted; expected an http or https URL`
      ])
    })
  )
})

describe("e2b.api_url and e2b.sandbox_url", () => {
  const endpoints = (api_url: string, sandbox_url?: string) =>
    Effect.map(load({ e2b: { api_url, sandbox_url } }), ({ e2b }) => [e2b.apiUrl, e2b.sandboxUrl, e2b.domain])

  it.effect.each([
    ["https://api.e2b.dev", "e2b.dev"],
    ["https://api.e2b.app/", "e2b.app"],
    ["https://api.e2b.corp.example.com", "e2b.corp.example.com"]
  ] as const)("%s gives the sandboxes' domain", ([url, domain]) =>
    Effect.gen(function* () {
      assert.deepEqual(yield* endpoints(url), [url.replace(/\/$/, ""), undefined, domain])
    })
  )

  it.effect.each([
    ["http://127.0.0.1:3000", "http://127.0.0.1:3000"],
    ["http://127.0.0.1:3000/e2b/", "http://127.0.0.1:3000"],
    ["https://api.example.com:8443", "https://api.example.com:8443"],
    ["https://api.example.com/e2b", "https://api.example.com"],
    ["http://api.example.com", "http://api.example.com"],
    ["https://e2b.example.com", "https://e2b.example.com"]
  ] as const)("%s gives no domain: envd is expected at its origin", ([url, origin]) =>
    Effect.gen(function* () {
      assert.deepEqual(yield* endpoints(url), [url.replace(/\/$/, ""), origin, undefined])
    })
  )

  it.effect("a given sandbox_url is taken as it is, also beside a domain", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* endpoints("https://api.e2b.app", "http://10.0.0.1:1/"), [
        "https://api.e2b.app",
        "http://10.0.0.1:1",
        "e2b.app"
      ])
      assert.deepEqual(yield* problems({ e2b: { sandbox_url: "sandbox.e2b.app" } }), [
        'e2b.sandbox_url: "sandbox.e2b.app" is not accepted; expected an http or https URL'
      ])
    })
  )
})

describe("github.allowed_repositories", () => {
  it.effect("are trimmed, blanks dropped, repeated ones dropped whatever their case, the order kept", () =>
    Effect.gen(function* () {
      const entries = [" b/c ", "", "Acme/*", null, "acme/*", "a/a.b_c-d", "B/C", "  "]
      const config = yield* load({ github: { allowed_repositories: entries } })
      assert.deepEqual(config.github.allowedRepositories, ["b/c", "Acme/*", "a/a.b_c-d"])
    })
  )

  it.effect("are each owner/repo or owner/*", () =>
    Effect.gen(function* () {
      const wrong = ["*", "*/*", "a", "a/b/c", "a/b*", "a /b", "/b", "a/", "my.org/app", "my.org/*", "a/..", "a/."]
      const lines = yield* problems({ github: { allowed_repositories: ["a/b", ...wrong] } })
      assert.sameMembers(
        [...lines],
        wrong.map((entry) => `github.allowed_repositories: "${entry}" is not accepted; expected owner/repo or owner/*`)
      )
      assert.deepEqual(yield* problems({ github: { allowed_repositories: "a/b" } }), [
        'github.allowed_repositories: "a/b" is not accepted; expected a list of owner/repo or owner/*'
      ])
    })
  )
})

describe("github.registration_mode", () => {
  it.effect("is jit or token", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* load({ github: { registration_mode: "Token" } })).github.registrationMode, "token")
      assert.deepEqual(yield* problems({ github: { registration_mode: "jitt" } }), [
        'github.registration_mode: "jitt" is not accepted; expected jit or token'
      ])
    })
  )
})

describe("database", () => {
  it.effect("sqlite's file starts at the configuration's folder, an absolute one stays", () =>
    Effect.gen(function* () {
      const path = (url?: string) =>
        Effect.map(
          load({ database: { url, backend: "SQLite" } }),
          ({ database }) => database.backend === "sqlite" && database.path
        )
      assert.strictEqual(yield* path(), "/etc/runnerd/var/runnerd.db")
      assert.strictEqual(yield* path("../data/r.db"), "/etc/data/r.db")
      assert.strictEqual(yield* path("/srv/r.db"), "/srv/r.db")
    })
  )

  const postgres = (database: Record<string, unknown>) =>
    Effect.map(load({ database: { backend: " POSTGRES", ...database } }), ({ database }) => {
      assert(database.backend === "postgres")
      return database
    })

  it.effect("postgres takes a URL and keywords alike, and its password from either place", () =>
    Effect.gen(function* () {
      const byUrl = yield* postgres({ url: "postgres://u:hush@h:5433/db?sslmode=verify-full&sslrootcert=ca.pem" })
      assert.deepInclude(byUrl, {
        tls: "verify-full",
        rootCertificate: "/etc/runnerd/ca.pem",
        shown: "db at h:5433",
        maxConnections: 10
      })
      assert.strictEqual(
        Redacted.value(byUrl.url),
        "postgres://u:hush@h:5433/db?sslmode=verify-full&sslrootcert=ca.pem"
      )
      const byWords = yield* postgres({
        url: "host=h user = 'a \\'b\\'' dbname=db sslmode=require",
        password: "hush",
        max_connections: 3
      })
      assert.deepInclude(byWords, { tls: "encrypt", rootCertificate: undefined, shown: "db at h", maxConnections: 3 })
      assert.deepEqual(Object.fromEntries(new URL(Redacted.value(byWords.url)).searchParams), {
        host: "h",
        user: "a 'b'",
        dbname: "db",
        sslmode: "require"
      })
      assert.strictEqual(Redacted.value(byWords.password!), "hush")
      assert.strictEqual((yield* postgres({ url: "postgresql://u@h/db" })).tls, "off")
    })
  )

  it.effect("an address that lacks something is refused with what is lacking, and is never shown", () =>
    Effect.gen(function* () {
      const shape = "expected postgres://USER@HOST:PORT/DATABASE, or host=… user=… dbname=…"
      for (const [url, problem] of [
        [undefined, `is missing; ${shape}`],
        ["mysql://u:hush@h/db", `is no address of a PostgreSQL server; ${shape}`],
        ["var/hush.db", `is no address of a PostgreSQL server; ${shape}`],
        ["postgres://u:hush@/db", `is no address of a PostgreSQL server; ${shape}`],
        ["user=u password=hush dbname=db", `names no host; ${shape}`],
        ["postgres://u:hush@h", `names no database; ${shape}`],
        ["postgres://h/db", `names no user; ${shape}`],
        [
          "postgres://u:hush@h/db?sslmode=hush",
          "has an unknown sslmode; expected one of disable, allow, prefer, require, verify-ca, verify-full"
        ]
      ]) {
        assert.deepEqual(yield* problems({ database: { backend: "postgres", url } }), [`database.url: ${problem}`])
      }
    })
  )

  it.effect("a URL for a file, a password for a file, and any other backend are refused without showing them", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problems({ database: { url: "postgres://u:hush@h/db" } }), [
        "database.url: is a URL; expected a file's path, or database.backend: postgres"
      ])
      assert.deepEqual(yield* problems({ database: { password: "hush" } }), [
        "database.password: is for postgres; a file needs none (database.backend)"
      ])
      assert.deepEqual(yield* problems({ database: { backend: "mysql", url: "u:hush@h" } }), [
        'database.backend: "mysql" is not accepted; expected sqlite or postgres'
      ])
      assert.deepEqual(yield* problems({ database: { url: ["hush"] } }), [
        "database.url: a list is not accepted; expected a file's path, or the address of a PostgreSQL server"
      ])
    })
  )
})

describe("server.cors_origins", () => {
  it.effect("are kept as a browser writes them", () =>
    Effect.gen(function* () {
      const entries = ["https://Tools.example.com/", "http://localhost:8080", "https://a.example:443"]
      const { server } = yield* load({ server: { cors_origins: entries } })
      assert.deepEqual(server.corsOrigins, ["https://tools.example.com", "http://localhost:8080", "https://a.example"])
    })
  )

  it.effect("that are more than an origin, or every one, are refused", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* problems({ server: { cors_origins: ["*", "https://a.example/tools", "null"] } }), [
        'server.cors_origins[0]: "*" is not accepted; expected an http or https URL',
        'server.cors_origins[1]: "https://a.example/tools" has a path; expected scheme, host and port alone',
        'server.cors_origins[2]: "null" is not accepted; expected an http or https URL'
      ])
    })
  )
})

describe("server.trusted_proxies", () => {
  it.effect("are addresses, which stand for themselves, and ranges", () =>
    Effect.gen(function* () {
      const entries = ["10.0.0.0/8", "192.0.2.7", "fd00::/8", "::1", "0.0.0.0/0"]
      const { server } = yield* load({ server: { trusted_proxies: entries } })
      assert.deepEqual(server.trustedProxies, [
        { address: "10.0.0.0", bits: 8 },
        { address: "192.0.2.7", bits: 32 },
        { address: "fd00::", bits: 8 },
        { address: "::1", bits: 128 },
        { address: "0.0.0.0", bits: 0 }
      ])
    })
  )

  it.effect("that are none are refused", () =>
    Effect.gen(function* () {
      const entries = ["proxy.example", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/8/8", "fe80::1%eth0", "10.1"]
      const lines = yield* problems({ server: { trusted_proxies: entries } })
      assert.deepEqual(
        lines,
        entries.map(
          (entry, index) =>
            `server.trusted_proxies[${index}]: "${entry}" is not accepted; expected an address or a range, as 10.0.0.0/8`
        )
      )
    })
  )
})

describe("server.access_log", () => {
  it.effect("is true or false, and log.level one of five words in any case", () =>
    Effect.gen(function* () {
      const config = yield* load({ server: { access_log: false }, log: { level: "WARN" } })
      assert.strictEqual(config.server.accessLog, false)
      assert.strictEqual(config.log.level, "warn")
      assert.match(summarize(config), /log +level warn, no line for each request$/m)
      assert.deepEqual(yield* problems({ server: { access_log: "no" }, log: { level: "verbose" } }), [
        'log.level: "verbose" is not accepted; expected trace or debug or info or warn or error',
        'server.access_log: "no" is not accepted; expected true or false'
      ])
    })
  )
})
