// The commands with which README.md shows the API, by bash and curl as they stand there, against the real server.
//
// Gotchas: the address is the test's and the template one that its E2B has; the specs that README takes for granted are made
// first. Each command adds its status in a line of its own. Where there is no curl its test is skipped by a name that says so,
// and the commands run by a stand-in alone.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { manage, served } from "./ServerFixture.ts"

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
const address = "http://127.0.0.1:25500"

const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .map(([, text = ""]) => text)
  .filter((text) => text.includes(address))

const standIn = fileURLToPath(new URL("../support/CurlStandIn.ts", import.meta.url))
const withCurl = spawnSync("curl", ["--version"]).status === 0

/** What bash runs for the word curl. */
const curls = {
  [withCurl ? "curl" : "curl, of which there is none here"]: "curl",
  "a stand-in": `"${process.execPath}" "${standIn}"`
}

const run = promisify(execFile)

describe("README's examples of the API", () => {
  for (const [name, curl] of Object.entries(curls)) {
    it.live.skipIf(curl === "curl" && !withCurl)(
      `are answered as it says, one after the other, by ${name}`,
      () =>
        Effect.gen(function* () {
          for (const name of ["ubuntu-24-04-8cpu", "ubuntu-24-04-gpu"]) {
            const labels = ["self-hosted", name.endsWith("gpu") ? "gpu" : "8cpu"]
            yield* manage("POST", "/runner_specs", { name, labels, template_id: "runner" })
          }
          const server = yield* HttpServer.HttpServer
          const url = HttpServer.formatAddress(server.address).replace("0.0.0.0", "127.0.0.1")
          // One JSON and one status for each command.
          const shown = `curl() { command ${curl} -sS -w '\\n%{http_code}\\n' "$@"; }\n`
          const script = `${shown}${blocks.join("\n")}`
            .replaceAll(address, url)
            .replaceAll("github-runner-ubuntu-24-04", "runner")
          const { stdout } = yield* Effect.promise(() =>
            run("bash", ["-euc", script], { env: { ...process.env, ADMIN_TOKEN: "admin-token" } })
          )
          const lines = stdout.trim().split("\n")
          const answers = lines.flatMap((line, index) =>
            index % 2 === 0 ? [[lines[index + 1], JSON.parse(line) as Record<string, unknown>] as const] : []
          )
          assert.deepStrictEqual(
            answers.map(([status]) => status),
            ["201", "201", "201", "200", "200", "200", "200"]
          )
          const [spec, group, policy, match, patched, deleted, audit] = answers.map(([, json]) => json)
          assert.deepInclude(spec, { name: "ubuntu-24-04", labels: ["self-hosted", "e2b"], default_available: true })
          assert.deepInclude(group, { name: "large", spec_names: ["ubuntu-24-04-8cpu", "ubuntu-24-04-gpu"] })
          assert.deepInclude(policy, { repository_full_name: "acme/*", runner_group_name: "large" })
          assert.deepInclude(match, { outcome: "admitted", reason: null })
          assert.deepInclude(patched, { max_concurrency: 20, runner_group: null, labels: ["self-hosted", "e2b"] })
          assert.deepInclude(deleted, { status: "deleted" })
          assert.deepInclude((audit as unknown as ReadonlyArray<object>)[0], { action: "runner_spec.delete" })
        }).pipe(Effect.provide(served(makeConfig()))),
      120_000
    )
  }
})
