// Nothing that runnerd writes, answers or sends to a collector holds a secret that it was given or got.
//
// Answers for: a whole life with secrets that can be told from everything else, failures provoked where they are handled, and
// a search of all that came out of it. Each secret is meant to reach one place (E2B, GitHub, a file of mode 0600 in the
// sandbox); those are the outside's and are not searched.
import { randomUUID } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
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

for (const [registrationMode, backend] of [
  ["jit", "SQLite"],
  ["token", "PostgreSQL"]
] as const) {
  describe(`a life with ${registrationMode} on ${backend}`, { timeout: 300_000 }, () => {
    it("leaves none of the secrets in logs, database, metrics, traces, API answers or output", async () => {
      const postgres = backend === "PostgreSQL"
      await open(registrationMode, postgres ? await databaseWithPassword() : undefined)
      provokeFailures(registrationMode)
      const runnerd = await world.start()
      await world.addSpec(runnerd)
      const [id = 0] = world.run([{ name: "build", labels, steps: [{ name: "look", run: 'env; echo "$@"' }] }])
      await world.until("the collector has refused something", minute, () => collector.received.length > 0)
      collector.answer(200)
      await world.allOver(3 * minute)
      const answers = await answersOf(runnerd, String(id))
      assert.strictEqual(await runnerd.stop(), 0)

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
