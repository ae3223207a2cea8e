// Nothing that runnerd writes, answers or sends to a collector holds a secret that it was given or got.
//
// Answers for: a whole life with secrets that can be told from everything else, failures provoked where they are handled, an
// outside that repeats credentials in its errors, a runner that prints every secret there is, and a search of all that came out
// of it. Each secret is meant to reach one place (E2B, GitHub, a file of mode 0600 in the sandbox); those are the outside's and
// are not searched. Before anything is searched, each is seen to have been where it belongs.
import { createPublicKey, randomUUID, verify } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { callApi } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { type CredentialTap, openCredentialTap } from "../support/CredentialTap.ts"
import { openOtlpReceiver, type OtlpReceiver } from "../support/OtlpReceiver.ts"
import { emptyDatabase } from "../support/PostgresDatabases.ts"
import { leaksIn, type Secret } from "../support/SecretHunter.ts"
import { labels, openWorld, type World } from "../support/World.ts"
import { openPostgres } from "../support/WorldDatabase.ts"

const minute = 60_000
let world: World
let collector: OtlpReceiver
let github: CredentialTap
let e2b: CredentialTap

afterEach(async () => {
  await world.close()
  for (const each of [collector, github, e2b]) await each.close()
})

const viewerToken = "hunted-viewer-token-8e1f"
const wrongToken = "hunted-wrong-token-55ab"
const otlpKey = "hunted-otlp-key-71c0"

/** What the file holds, by name: every value below a key that is called a secret's. */
const configured = (): ReadonlyArray<Secret> => {
  const text = readFileSync(world.configFile, "utf8")
  const found = [...text.matchAll(/^ *(?:- )?(token|api_key|webhook_secret|password|value): "?([^"\n]+)"?$/gm)]
  return [
    ...found.map(([, name = "", value = ""]) => ({ name: `${name} of the file`, value })),
    { name: "the App's private key", value: world.github.privateKeyPem },
    { name: "a wrong token that was sent", value: wrongToken },
    // It is a part of the database's URL.
    ...[...text.matchAll(/^ +url: "postgres:\/\/[^:]+:([^@]+)@/gm)].map(([, value = ""]) => ({
      name: "password of the database",
      value
    }))
  ]
}

const open = async (registrationMode: "jit" | "token", postgres?: string) => {
  collector = await openOtlpReceiver()
  // The world's simulators are there before its file is.
  world = await openWorld({
    ...(postgres === undefined ? {} : { postgres }),
    settings: {
      "log.level": "trace",
      "github.registration_mode": registrationMode,
      "worker.retry_base_delay_seconds": 1
    }
  })
  github = await openCredentialTap(world.github.url)
  e2b = await openCredentialTap(world.e2b.url)
  const text = readFileSync(world.configFile, "utf8")
    .replace(`api_base_url: "${world.github.url}"`, `api_base_url: "${github.url}"`)
    .replace(`api_url: "${world.e2b.url}"`, `api_url: "${e2b.url}"`)
    .replace(`sandbox_url: "${world.e2b.url}"`, `sandbox_url: "${e2b.url}"`)
    .replace(/^admin:$/m, `admin:\n  tokens:\n    - name: watcher\n      role: viewer\n      token: ${viewerToken}`)
  writeFileSync(
    world.configFile,
    `${text}
telemetry:
  otlp_endpoint: ${collector.url}
  otlp_protocol: http/json
  logs: true
  otlp_headers:
    - name: x-honeycomb-team
      value: ${otlpKey}
`
  )
}

/** A database, and who may use it by a password that nothing else looks like. */
const databaseWithPassword = async () => {
  const url = new URL(await Effect.runPromise(emptyDatabase))
  const role = `hunted_${randomUUID().replaceAll("-", "")}`
  const password = `hunted-database-${randomUUID()}`
  const database = openPostgres(url.href)
  await database.query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${password}'`)
  await database.close()
  url.username = role
  url.password = password
  return url.href
}

/** Head and body; of a stream what it begins with. */
const read = async (url: string, headers: Record<string, string>, body?: string) => {
  const response = await fetch(url, { headers, ...(body === undefined ? {} : { method: "POST", body }) })
  const head = JSON.stringify([...response.headers])
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    return `${head}\n${await response.text()}`
  }
  let begun = ""
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    begun += decoder.decode(chunk)
    if (begun.includes("data:")) break
  }
  return `${head}\n${begun}`
}

/** The answer to every GET that the API describes, for what there is and for what there is not. */
const answersOf = async (runnerd: RunnerdProcess, requestId: string) => {
  const token = { authorization: `Bearer ${viewerToken}` }
  const document = await callApi<{ paths: Record<string, Record<string, unknown>> }>(
    runnerd.url,
    "GET",
    "/openapi.json"
  )
  const answers = new Map<string, string>()
  for (const [path, methods] of Object.entries(document.paths)) {
    if (methods["get"] === undefined) continue
    for (const name of path.includes("/logs/") ? ["control.log", "stdout.log", "stderr.log"] : ["small"]) {
      const id = /deliveries|policies/.test(path) ? "1" : requestId
      const address = path.replace("{id}", id).replace("{name}", name)
      // A log's stream has nothing to begin with once the log is empty.
      if (/stderr.*stream/.test(address)) continue
      answers.set(`GET ${address}`, await read(`${runnerd.url}${address}`, token))
    }
    if (path.includes("{")) {
      const unknown = path.replace(/\{\w+\}/g, "unknown")
      if (!unknown.endsWith("stream")) answers.set(`GET ${unknown}`, await read(`${runnerd.url}${unknown}`, token))
    }
  }
  const wrong = { authorization: `Bearer ${wrongToken}` }
  answers.set("a wrong token", await read(`${runnerd.url}/runner_requests?search=x`, wrong))
  const forged = { "x-github-event": "workflow_job", "x-hub-signature-256": `sha256=${"0".repeat(64)}` }
  answers.set("a forged webhook", await read(`${runnerd.url}/webhooks/github`, forged, "{}"))
  return answers
}

/** Each row of each table. */
const databaseOf = async (postgres: boolean) => {
  const tables = await world.query(
    postgres
      ? "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
      : "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
  )
  const found = new Map<string, string>()
  for (const { name } of tables)
    found.set(`table ${name}`, JSON.stringify(await world.query(`SELECT * FROM "${name}"`)))
  return found
}

/** GitHub and E2B fail at each place where a credential goes out or comes in, once; the collector for a while. */
const provokeFailures = (registrationMode: "jit" | "token") => {
  const registration =
    registrationMode === "jit"
      ? "actions/generate-runner-jitconfig-for-repo"
      : "actions/create-registration-token-for-repo"
  world.github.faults.add({ operation: registration, answer: { status: 502 }, times: 1 })
  world.github.faults.add({ operation: "apps/create-installation-access-token", answer: { status: 500 }, times: 1 })
  world.e2b.faults.add({ operation: "sandbox.create", answer: { status: 500 }, times: 1 })
  collector.answer(503)
}

const isSignedBy = (pem: string) => (jwt: string) => {
  const [head = "", claims = "", signature = ""] = jwt.split(".")
  return verify("sha256", Buffer.from(`${head}.${claims}`), createPublicKey(pem), Buffer.from(signature, "base64url"))
}

/** The values of a key of the file, in their order. */
const valuesOf = (key: string) =>
  [...readFileSync(world.configFile, "utf8").matchAll(new RegExp(`^ *(?:- )?${key}: "?([^"\\n]+)"?$`, "gm"))].map(
    ([, value = ""]) => value
  )

const answered = (answers: ReadonlyMap<string, string>, what: string) => answers.get(what)?.split("\n", 1)[0]

/** That each secret was where it belongs: one that was nowhere would be found nowhere, too. */
const assertPassed = async (registrationMode: "jit" | "token", databaseUrl: string | undefined) => {
  assert.deepStrictEqual(e2b.passed("x-api-key"), valuesOf("api_key"))
  assert.isTrue(github.passed("authorization").some(isSignedBy(world.github.privateKeyPem)), "the App's key")
  assert.isNotEmpty(github.passed("token"))
  assert.includeMembers([...github.passed("authorization")], [...github.passed("token")])
  assert.isNotEmpty(github.passed(registrationMode === "token" ? "registration_token" : "encoded_jit_config"))
  // A sandbox that came to nothing is not spoken to.
  assert.isNotEmpty(e2b.passed("x-access-token"))
  assert.includeMembers([...e2b.passed("envdAccessToken")], [...e2b.passed("x-access-token")])
  const sent = collector.received.map(({ headers }) => headers["x-honeycomb-team"])
  assert.deepStrictEqual([...new Set(sent)], [otlpKey])
  // GitHub signs with it, and what has another signature is refused.
  const [{ taken } = { taken: 0 }] = await world.query(
    "SELECT count(*) AS taken FROM webhook_deliveries WHERE path = 'webhook' AND event = 'workflow_job'"
  )
  assert.isAbove(Number(taken), 0)
  if (databaseUrl === undefined) return
  const wrong = new URL(databaseUrl)
  const { username } = wrong
  const [{ there } = { there: 0 }] = await world.query(
    `SELECT count(*) AS there FROM pg_stat_activity WHERE usename = '${username}' AND application_name = 'runnerd'`
  )
  assert.isAbove(Number(there), 0)
  wrong.password = "another"
  const database = openPostgres(wrong.href)
  const refused = await database.query("SELECT 1").then(
    () => false,
    () => true
  )
  await database.close()
  assert.isTrue(refused, "a wrong password of the database")
}

for (const [registrationMode, backend] of [
  ["jit", "SQLite"],
  ["token", "PostgreSQL"]
] as const) {
  describe(`a life with ${registrationMode} on ${backend}`, { timeout: 300_000 }, () => {
    it("leaves none of the secrets in logs, database, metrics, traces, API answers or output", async () => {
      const postgres = backend === "PostgreSQL"
      const databaseUrl = postgres ? await databaseWithPassword() : undefined
      await open(registrationMode, databaseUrl)
      provokeFailures(registrationMode)
      const runnerd = await world.start()
      await world.addSpec(runnerd)
      const printed = join(world.folder, "printed")
      // What the hooks tell is printed among what the runner says.
      const tell = `printf '::runnerd::job-started run_id=1 job=%s\\n' "$line" 1<>"$RUNNERD_HOOK_CHANNEL"`
      const waitFor = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`
      const print = `env; echo "$@"; ${waitFor(`${printed}.all`)}
while IFS= read -r line; do ${tell}; done <${printed}
${waitFor(`${printed}.stored`)}`
      const [id = 0] = world.run([{ name: "build", labels, steps: [{ name: "look", run: print }] }])
      await world.until("the collector has refused something", minute, () => collector.received.length > 0)
      collector.answer(200)
      await world.until("its job runs", 2 * minute, () =>
        world.github.state().jobs.some(({ status }) => status === "in_progress")
      )
      // Not what was never near it: a wrong token, and those that open a single sandbox, of which no process in it is told.
      const planted = [...configured(), ...github.secrets()].filter(({ value }) => value !== wrongToken)
      writeFileSync(printed, ["printed from here", ...planted.map(({ value }) => value), "to here", ""].join("\n"))
      writeFileSync(`${printed}.all`, "")
      // A sandbox is removed as soon as its job is over, whatever is still on the way.
      await world.until("all of it is stored", 2 * minute, async () => {
        const stored = await world.query("SELECT text FROM request_logs WHERE stream = 'stdout'")
        return stored.some(({ text }) => String(text).includes("job=to here"))
      })
      writeFileSync(`${printed}.stored`, "")
      await world.allOver(3 * minute)
      assert.strictEqual(world.conclusions().get(id), "success")
      const answers = await answersOf(runnerd, String(id))
      await assertPassed(registrationMode, databaseUrl)
      assert.strictEqual(await runnerd.stop(), 0)

      assert.match(
        answers.get(`GET /runner_requests/${id}/logs/stdout.log`) ?? "",
        /job=printed from here\n[^]*job=to here/
      )
      assert.include(answered(answers, "a wrong token"), "www-authenticate")
      assert.include(answers.get(`GET /runner_requests/${id}`), `"id":"${id}"`)
      assert.isAbove(github.told(), 1)
      assert.isAbove(e2b.told(), 0)

      const secrets = [...configured(), ...github.secrets(), ...e2b.secrets()]
      const kinds = secrets.map(({ name }) => name.split(" ")[0])
      assert.includeMembers(kinds, ["authorization", "x-api-key", "token", "webhook_secret", "api_key", "value"])
      if (postgres) assert.include(kinds, "password")
      if (registrationMode === "jit") assert.include(kinds, "encoded_jit_config")
      const places = new Map([
        ["output", runnerd.log.join("\n")],
        ["sent to the collector", collector.received.map(({ body }) => body.toString()).join("\n")],
        ...answers,
        ...(await databaseOf(postgres))
      ])
      assert.include(places.get("output"), "runnerd listens")
      assert.include(places.get("sent to the collector"), "runner request")
      assert.include(places.get("table runner_requests"), String(id))
      assert.deepStrictEqual(leaksIn(places, secrets), [])
      // The search itself: each secret is found where it is put, in whatever form.
      for (const secret of secrets) {
        for (const form of [
          secret.value,
          encodeURIComponent(secret.value),
          Buffer.from(`ab ${secret.value} c`).toString("base64"),
          JSON.stringify({ at: secret.value }),
          Buffer.from(secret.value).toString("hex")
        ]) {
          assert.strictEqual(leaksIn(new Map([["there", `before ${form} after`]]), [secret]).length, 1, secret.name)
        }
      }
    })
  })
}
