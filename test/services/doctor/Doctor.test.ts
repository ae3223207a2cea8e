// Each thing that the doctor looks for, broken once, in the outside that it really asks.
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import { execFile } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { CheckName, FindingStatus, Line } from "../../../src/domain/Finding.ts"
import type { RunnerdConfig } from "../../../src/services/config/RunnerdConfig.ts"
import { parsePostgres } from "../../../src/services/config/PostgresUrl.ts"
import { clockLine } from "../../../src/services/doctor/ClockCheck.ts"
import { diskLine } from "../../../src/services/doctor/DatabaseCheck.ts"
import { lifeLine } from "../../../src/services/doctor/E2bChecks.ts"
import * as PostgresClient from "../../../src/services/store/PostgresClient.ts"
import type { Fault } from "../../../src/simulator/misbehaviour/Fault.ts"
import { emptyDatabase } from "../../support/PostgresDatabases.ts"
import { amend, deliver, saveSpec } from "../../support/StoreScenes.ts"
import { type Installation, startInstallation } from "./DoctorFixture.ts"

const asNobody = fileURLToPath(new URL("AsNobody.ts", import.meta.url))

let world: Installation
beforeEach(async () => {
  world = await startInstallation()
})
afterEach(() => world.close())

interface Broken {
  readonly check: CheckName
  readonly what: string
  readonly status: FindingStatus
  readonly says: RegExp
  readonly advises: RegExp
  /** Breaks it; gives what the configuration says instead. */
  readonly by: (world: Installation) => Partial<RunnerdConfig> | void | Promise<Partial<RunnerdConfig> | void>
  /** Checks that say so, too. */
  readonly also?: ReadonlyArray<CheckName>
}

const otherKey = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" }
  }).privateKey

const always = (operation: string, answer: NonNullable<Fault["answer"]>): Fault => ({
  operation,
  answer,
  times: "always"
})

const app = (over: object) =>
  always("apps/get-authenticated", {
    status: 200,
    body: {
      id: 4243,
      slug: "runnerd-simulated",
      permissions: { administration: "write", actions: "read", metadata: "read" },
      events: ["workflow_job", "workflow_run"],
      ...over
    }
  })

const hook = (body: object) => always("apps/get-webhook-config-for-app", { status: 200, body })

const gitHub = (over: Partial<RunnerdConfig["github"]>) => ({ github: { ...world.config.github, ...over } })
const e2b = (over: Partial<RunnerdConfig["e2b"]>) => ({ e2b: { ...world.config.e2b, ...over } })
const asApp = (over: object) => {
  const { auth } = world.config.github
  assert(auth._tag === "App")
  return gitHub({ auth: { ...auth, ...over } })
}

const table: ReadonlyArray<Broken> = [
  {
    check: "github_auth",
    what: "the key is another App's",
    status: "fail",
    says: /refused/i,
    advises: /private key/,
    by: () => asApp({ privateKey: Redacted.make(otherKey()) }),
    also: ["github_permissions", "github_events", "github_installations", "webhook_url", "webhook_deliveries"]
  },
  {
    check: "github_auth",
    what: "GitHub cannot be reached",
    status: "fail",
    says: /could not be reached/,
    advises: /github\.api_base_url/,
    by: () => gitHub({ apiBaseUrl: "http://127.0.0.1:1" }),
    also: ["github_permissions", "github_events", "github_installations", "webhook_url", "webhook_deliveries", "clock"]
  },
  {
    check: "github_auth",
    what: "a token is wrong",
    status: "fail",
    says: /refused/i,
    advises: /token/,
    by: () => gitHub({ auth: { _tag: "Token", token: Redacted.make("ghp_bad") } }),
    also: ["webhook_deliveries"]
  },
  {
    check: "github_auth",
    what: "a classic token lacks a scope",
    status: "fail",
    says: /lacks the scope repo/,
    advises: /scope repo/,
    by: ({ github }) => {
      const headers = { "x-oauth-scopes": "gist, read:org" }
      github.faults.add(always("users/get-authenticated", { status: 200, headers, body: { login: "robot" } }))
      return gitHub({ auth: { _tag: "Token", token: Redacted.make("ghp_good") } })
    },
    also: ["webhook_deliveries"]
  },
  {
    check: "github_permissions",
    what: "the App does not ask for a permission",
    status: "fail",
    says: /does not ask for Administration: write/,
    advises: /settings/,
    by: ({ github }) =>
      github.faults.add(app({ permissions: { administration: "read", actions: "read", metadata: "read" } }))
  },
  {
    check: "github_permissions",
    what: "an installation has not accepted one",
    status: "fail",
    says: /on acme lacks Actions: read/,
    advises: /owner of acme/,
    by: ({ github }) => {
      const installation = [...github.machine.topology.installations.values()][0]!
      Object.assign(installation, { permissions: { administration: "write", metadata: "read" } })
    }
  },
  {
    check: "github_permissions",
    what: "a spec names a GitHub runner group, for which a permission is missing",
    status: "fail",
    says: /does not ask for Self-hosted runners/,
    advises: /settings/,
    by: async ({ github, inDatabase }) => {
      await inDatabase(saveSpec({ runnerGroup: "gpu" }))
      github.faults.add(app({}))
    }
  },
  {
    check: "github_events",
    what: "the App gets no workflow_job events",
    status: "fail",
    says: /no job starts by its webhook/,
    advises: /Workflow job/,
    by: ({ github }) => github.faults.add(app({ events: ["workflow_run"] }))
  },
  {
    check: "github_events",
    what: "the App gets no workflow_run events",
    status: "warn",
    says: /no workflow_run events/,
    advises: /Workflow run/,
    by: ({ github }) => github.faults.add(app({ events: ["workflow_job"] }))
  },
  {
    check: "github_installations",
    what: "one is suspended",
    status: "fail",
    says: /on acme is suspended/,
    advises: /owner of acme/,
    by: ({ github }) => github.machine.accounts.suspend("acme", true)
  },
  {
    check: "github_installations",
    what: "one cannot be used",
    status: "fail",
    says: /on acme cannot be used/,
    advises: /acme/,
    by: ({ github }) =>
      github.faults.add({
        operation: "apps/create-installation-access-token",
        answer: { status: 404, body: { message: "Not Found" } },
        skip: 0,
        times: "always"
      })
  },
  {
    check: "github_installations",
    what: "the App is installed nowhere",
    status: "fail",
    says: /installed nowhere/,
    advises: /Install it/,
    by: ({ github }) => {
      github.machine.accounts.uninstall("acme")
      github.machine.accounts.uninstall("dana")
    }
  },
  {
    check: "github_installations",
    what: "the configured one does not exist",
    status: "fail",
    says: /no installation 5/,
    advises: /github\.app\.installation_id/,
    by: () => asApp({ installationId: 5 })
  },
  {
    check: "github_installations",
    what: "an allowed repository is out of reach",
    status: "warn",
    says: /names acme\/secret/,
    advises: /list/,
    by: () => gitHub({ allowedRepositories: ["acme/web", "acme/secret"] })
  },
  {
    check: "webhook_url",
    what: "the App has no webhook URL",
    status: "fail",
    says: /no webhook URL/,
    advises: /\/webhooks\/github/,
    by: ({ github }) => github.setWebhook(null)
  },
  {
    check: "webhook_url",
    what: "webhooks are sent as a form",
    status: "fail",
    says: /sent as form/,
    advises: /application\/json/,
    by: ({ github }) => github.faults.add(hook({ url: "https://r.example.com/webhooks/github", content_type: "form" }))
  },
  {
    check: "webhook_url",
    what: "GitHub does not verify the certificate",
    status: "warn",
    says: /certificate/,
    advises: /SSL verification/,
    by: ({ github }) =>
      github.faults.add(hook({ url: "https://r.example.com/webhooks/github", content_type: "json", insecure_ssl: "1" }))
  },
  {
    check: "webhook_url",
    what: "the URL has another path",
    status: "warn",
    says: /takes them at \/webhooks\/github/,
    advises: /proxy/,
    by: ({ github }) => github.faults.add(hook({ url: "https://r.example.com/hook", content_type: "json" }))
  },
  {
    check: "webhook_deliveries",
    what: "the newest failed for its signature",
    status: "fail",
    says: /failed with status 401/,
    advises: /github\.webhook_secret/,
    by: async ({ deliver, receiver }) => {
      receiver.answer(401)
      await deliver()
    }
  },
  {
    check: "webhook_deliveries",
    what: "nobody answers",
    status: "fail",
    says: /failed with/,
    advises: /Nobody answered/,
    by: async ({ deliver, github }) => {
      github.setWebhook({ url: "http://127.0.0.1:1/webhooks/github" })
      await deliver()
    }
  },
  {
    check: "webhook_deliveries",
    what: "an older one never arrived",
    status: "warn",
    says: /did not, the last of them with status 404/,
    advises: /must end in \/webhooks\/github/,
    by: async ({ deliver, receiver }) => {
      receiver.answer(404)
      await deliver()
      receiver.answer(202)
      await deliver()
    }
  },
  {
    check: "webhook_deliveries",
    what: "GitHub has none",
    status: "warn",
    says: /has no delivery/,
    advises: /Start a workflow/,
    by: ({ github }) => github.faults.add(always("apps/list-webhook-deliveries", { status: 200, body: [] }))
  },
  {
    check: "e2b_key",
    what: "the key is wrong",
    status: "fail",
    says: /refused the credentials/,
    advises: /e2b\.api_key/,
    by: () => e2b({ apiKey: Redacted.make("e2b_wrong") }),
    also: ["e2b_templates"]
  },
  {
    check: "e2b_key",
    what: "E2B cannot be reached",
    status: "fail",
    says: /could not be reached/,
    advises: /e2b\.api_url/,
    by: () => e2b({ apiUrl: "http://127.0.0.1:1" }),
    also: ["e2b_templates", "clock"]
  },
  {
    check: "e2b_templates",
    what: "a spec's template is unknown",
    status: "fail",
    says: /Template gone of runner spec small is not known/,
    advises: /template_id/,
    by: ({ inDatabase }) => inDatabase(saveSpec({ templateId: "gone" })).then(() => undefined)
  },
  {
    check: "e2b_templates",
    what: "a template has no usable build",
    status: "fail",
    says: /No build can be used/,
    advises: /Build the template/,
    by: ({ inDatabase }) => inDatabase(saveSpec({ templateId: "half" })).then(() => undefined)
  },
  {
    check: "e2b_templates",
    what: "the spec that names an unknown one is switched off",
    status: "warn",
    says: /not known/,
    advises: /template_id/,
    by: ({ inDatabase }) => inDatabase(saveSpec({ templateId: "gone", enabled: false })).then(() => undefined)
  },
  {
    check: "e2b_templates",
    what: "there is no spec",
    status: "warn",
    says: /no runner spec/,
    advises: /POST \/runner_specs/,
    by: ({ inDatabase }) =>
      inDatabase(SqlClient.SqlClient.use((sql) => sql`DELETE FROM runner_specs`)).then(() => undefined)
  },
  {
    check: "e2b_plan",
    what: "sandboxes shall live longer than the smallest plan allows",
    status: "warn",
    says: /Hobby plan does not allow/,
    advises: /refuses sandboxes/,
    by: () => e2b({ timeout: Duration.hours(2) })
  },
  {
    check: "e2b_plan",
    what: "E2B has refused a sandbox for the length of its life",
    status: "fail",
    says: /its plan allows 1 h/,
    advises: /3600 or less/,
    by: async ({ inDatabase }) => {
      await inDatabase(
        Effect.gen(function* () {
          yield* deliver({ jobId: 101 })
          yield* amend("101", {
            status: "failed",
            failureReason: "sandbox_bad_request",
            error: "E2B refused the call's contents: Timeout cannot be greater than 1 hours"
          })
        })
      )
      return e2b({ timeout: Duration.hours(2) })
    }
  },
  {
    check: "e2b_plan",
    what: "E2B has refused more sandboxes than there may be",
    status: "warn",
    says: /refused more than 20/,
    advises: /larger plan/,
    by: ({ inDatabase }) =>
      inDatabase(
        SqlClient.SqlClient.use((sql) => sql`INSERT INTO provider_limits ${sql.insert({ scope: "e2b", ceiling: 20 })}`)
      ).then(() => undefined)
  },
  {
    check: "clock",
    what: "GitHub's clock is half a minute ahead",
    status: "warn",
    says: /behind GitHub's/,
    advises: /NTP/,
    by: ({ github }) => github.setClockSkew(30_000)
  },
  {
    check: "clock",
    what: "E2B's clock is an hour behind",
    status: "fail",
    says: /ahead of E2B's/,
    advises: /NTP/,
    by: ({ e2b: simulator }) => simulator.setClockSkew(-3_600_000)
  },
  {
    check: "database",
    what: "the file is something else",
    status: "fail",
    says: /cannot be read/,
    advises: /database\.url/,
    by: ({ folder }) => {
      writeFileSync(join(folder, "other.db"), "this is no database, however long it may be read")
      return { database: { backend: "sqlite", path: join(folder, "other.db") } }
    },
    also: ["e2b_templates", "e2b_plan"]
  },
  {
    check: "database",
    what: "PostgreSQL does not answer",
    status: "fail",
    says: /cannot be read/,
    advises: /database\.password/,
    by: () => ({
      database: {
        backend: "postgres",
        url: Redacted.make("postgres://u:secret@127.0.0.1:1/runnerd"),
        tls: "off",
        rootCertificate: undefined,
        shown: "runnerd at 127.0.0.1:1",
        password: undefined,
        maxConnections: 1
      }
    }),
    also: ["e2b_templates", "e2b_plan"]
  },
  {
    check: "database",
    what: "a newer runnerd has used it",
    status: "fail",
    says: /newer runnerd/,
    advises: /backup/,
    by: ({ inDatabase }) =>
      inDatabase(
        SqlClient.SqlClient.use((sql) => sql`INSERT INTO schema_migrations (migration_id, name) VALUES (9999, 'later')`)
      ).then(() => undefined),
    also: ["e2b_templates", "e2b_plan"]
  },
  ...(["e2b_templates", "e2b_plan"] as const).map((check): Broken => ({
    check,
    what: "another version has made the database",
    status: "warn",
    says: /is not known: another version/,
    advises: /database first/,
    by: ({ inDatabase }) =>
      inDatabase(
        SqlClient.SqlClient.use((sql) => sql`INSERT INTO schema_migrations (migration_id, name) VALUES (9999, 'later')`)
      ).then(() => undefined),
    also: ["database", "e2b_templates", "e2b_plan"]
  })),
  {
    check: "database",
    what: "it was made in another place, as a copy was",
    status: "warn",
    says: /^It is a copy, a restored backup, or was moved/,
    advises: /runnerd confirm-database/,
    by: ({ config, folder }) => {
      copyFileSync(config.database.backend === "sqlite" ? config.database.path : "", join(folder, "copy.db"))
      return { database: { backend: "sqlite", path: join(folder, "copy.db") } }
    }
  },
  {
    check: "database",
    what: "its schema is older",
    status: "warn",
    says: /this version needs/,
    advises: /backup/,
    by: ({ inDatabase }) =>
      inDatabase(SqlClient.SqlClient.use((sql) => sql`DELETE FROM schema_migrations`)).then(() => undefined),
    also: ["e2b_templates"]
  }
]

describe("the doctor", { timeout: 120_000 }, () => {
  it("finds nothing where nothing is broken, and looks at everything", async () => {
    const { findings, status } = await world.look()
    assert.deepStrictEqual(
      findings.filter((finding) => finding.status !== "ok"),
      []
    )
    assert.strictEqual(status, "ok")
    assert.deepStrictEqual(
      [...new Set(findings.map(({ check }) => check))],
      [
        "github_auth",
        "github_permissions",
        "github_events",
        "github_installations",
        "webhook_url",
        "webhook_deliveries",
        "e2b_key",
        "e2b_templates",
        "e2b_plan",
        "clock",
        "database",
        "disk"
      ]
    )
  })

  for (const { advises, also = [], by, check, says, status, what } of table) {
    it(`${check}: ${status} when ${what}, with what to do, and nothing else is hidden by it`, async () => {
      const over = (await by(world)) ?? {}
      const { findings } = await world.look(over)
      const found = findings.find((finding) => finding.check === check && finding.status === status)
      assert(found !== undefined, JSON.stringify(findings, null, 1))
      assert.match(found.message, says)
      assert.match(found.advice ?? "", advises)
      const others = findings.filter((finding) => finding.check !== check && !also.includes(finding.check))
      assert.deepStrictEqual(
        others.filter((finding) => finding.status !== "ok"),
        []
      )
      assert.notInclude(JSON.stringify(findings), "secret@")
    })
  }

  it("changes nothing: neither a file that nobody uses, nor one that a service has open", async () => {
    const files = () =>
      readdirSync(world.folder).map((name) => [name, readFileSync(join(world.folder, name)).toString("hex")])
    const before = files()
    await world.look()
    assert.deepStrictEqual(files(), before)
    await world.inDatabase(
      Effect.gen(function* () {
        yield* deliver({ jobId: 102 })
        const open = files()
        const { status } = yield* Effect.promise(() => world.look())
        assert.strictEqual(status, "ok")
        // What readers note in the shared memory of the log is no data.
        const data = (all: ReturnType<typeof files>) => all.filter(([name]) => !name!.endsWith("-shm"))
        assert.deepStrictEqual(data(files()), data(open))
        yield* deliver({ jobId: 103 })
      })
    )
  })

  it("says of a database that does not exist yet that it will be made, and makes none", async () => {
    const path = join(world.folder, "later", "runnerd.db")
    const { findings, status } = await world.look({ database: { backend: "sqlite", path } })
    assert.notStrictEqual(status, "fail")
    assert.match(findings.find(({ check }) => check === "database")?.message ?? "", /does not exist yet/)
    assert.notInclude(readdirSync(world.folder), "later")
  })

  it("looks at PostgreSQL, and says when it takes no writes", async () => {
    const url = await Effect.runPromise(emptyDatabase)
    const postgres = Result.getOrThrow(parsePostgres(url))
    const database = { backend: "postgres", ...postgres, password: undefined, maxConnections: 1 } as const
    /** The first says how long it took to answer, which is the machine's. */
    const statuses = async () =>
      (await world.look({ database })).findings
        .flatMap(({ check, status }) => (check === "database" ? [status] : []))
        .slice(1)
    // Nobody has started runnerd on it yet.
    assert.deepStrictEqual(await statuses(), ["warn", "ok"])
    const run = (statement: string) =>
      Effect.runPromise(
        SqlClient.SqlClient.use((sql) => sql.unsafe(statement)).pipe(
          Effect.provide(PostgresClient.layer({ url: postgres.url, maxConnections: 1 }))
        )
      )
    await run(`ALTER DATABASE ${url.split("/").at(-1)} SET default_transaction_read_only = on`)
    assert.deepStrictEqual(await statuses(), ["warn", "fail"])
  })

  it("says where nothing can be written", async () => {
    chmodSync(world.folder, 0o755)
    const paths = ["locked", "open"].map((name) => {
      mkdirSync(join(world.folder, name))
      chmodSync(join(world.folder, name), name === "open" ? 0o777 : 0o555)
      return join(world.folder, name, "runnerd.db")
    })
    // Whoever is root may write everywhere, so it is another who looks.
    const { stdout } = await promisify(execFile)(process.execPath, [asNobody, ...paths])
    const [locked, open] = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as ReadonlyArray<Line>).map(({ message, status }) => `${status}: ${message}`))
    assert.match(locked?.join("\n") ?? "", /^fail: Nothing can be written there: EACCES.*locked/m)
    assert.match(open?.join("\n") ?? "", /^ok: It can be written\.$/m)
  })

  it("finds a disk too full below 128 MiB, and looks twice below 1 GiB", () => {
    const statuses = [1, 127, 128, 1023, 1024].map((mebi) => diskLine("/var", mebi * 1024 * 1024).status)
    assert.deepStrictEqual(statuses, ["fail", "fail", "warn", "warn", "ok"])
  })

  it("finds a clock right within 5 s, and harmful from a minute on, on both sides", () => {
    const statuses = [0, 4999, 5000, -5000, 59_999, 60_000, -60_000].map((ahead) => clockLine("GitHub", ahead).status)
    assert.deepStrictEqual(statuses, ["ok", "ok", "warn", "warn", "warn", "fail", "fail"])
  })

  it("a life that E2B has given outweighs one that it refused before", () => {
    const statusOf = (refused: number | null, seen: number) =>
      lifeLine(Duration.hours(2), refused === null ? null : Duration.hours(refused), Duration.hours(seen)).status
    assert.deepStrictEqual([statusOf(null, 1), statusOf(1, 1), statusOf(1, 2)], ["warn", "fail", "ok"])
  })
})
