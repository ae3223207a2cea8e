import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { isolateEnvironment } from "../../../src/services/config/Environment.ts"
import { load } from "../../support/ConfigFiles.ts"

const packagesFolder = join(dirname(createRequire(import.meta.url).resolve("e2b")), "..", "..")

/** Every `E2B_…` and `GITHUB_…` name in the code that the E2B and Octokit packages ship. */
const variablesOfPackages = (): ReadonlyArray<string> => {
  const found = new Set<string>(["E2B_DEBUG", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_ACTIONS"])
  for (const root of ["e2b", "@octokit"]) {
    for (const name of readdirSync(join(packagesFolder, root), { recursive: true, encoding: "utf8" })) {
      if (!/\.(?:js|cjs|mjs)$/.test(name)) continue
      const code = readFileSync(join(packagesFolder, root, name), "utf8")
      for (const [variable] of code.matchAll(/\b(?:E2B|GITHUB)_[A-Z][A-Z_]+\b/g)) found.add(variable)
    }
  }
  return [...found]
}

describe("the environment", () => {
  it.effect("configures nothing: every E2B_* and GITHUB_* variable may be nonsense", () =>
    Effect.gen(function* () {
      const variables = variablesOfPackages()
      assert.includeMembers([...variables], ["E2B_API_KEY", "E2B_DOMAIN", "E2B_API_URL", "E2B_SANDBOX_URL"])
      const before = yield* load()
      const saved = { ...process.env }
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          for (const name of variables) process.env[name] = "nonsense"
        }),
        () =>
          Effect.sync(() => {
            for (const name of variables) {
              if (saved[name] === undefined) delete process.env[name]
              else process.env[name] = saved[name]
            }
          })
      )
      const after = yield* load()
      assert.deepEqual(after, before)
      assert.strictEqual(Redacted.value(after.e2b.apiKey), Redacted.value(before.e2b.apiKey))
      isolateEnvironment(process.env)
      const left = variables.filter((name) => process.env[name] === "nonsense")
      assert.deepEqual(left, [])
    })
  )

  it("is rid of what the E2B SDK, GitHub's tools and a surrounding Actions job read; the rest stays", () => {
    const env: NodeJS.ProcessEnv = {
      E2B_DEBUG: "true",
      e2b_debug: "true",
      E2B_ENVD_RPC_CONNECTIONS: "nonsense",
      GITHUB_TOKEN: "x",
      ACTIONS_RUNNER_DEBUG: "x",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      PATH: "/bin"
    }
    isolateEnvironment(env)
    assert.deepEqual(env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      PATH: "/bin",
      E2B_ENVD_RPC_CONNECTIONS: "10000",
      E2B_ENVD_RPC_INFLIGHT_REQUESTS: "0"
    })
  })

  it("is set with names that the E2B SDK reads", () => {
    const env: NodeJS.ProcessEnv = {}
    isolateEnvironment(env)
    const code = readFileSync(createRequire(import.meta.url).resolve("e2b"), "utf8")
    for (const name of Object.keys(env)) assert.include(code, `"${name}"`)
  })
})
