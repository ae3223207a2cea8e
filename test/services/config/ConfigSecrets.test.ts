import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { RunnerdConfig } from "../../../src/services/config/RunnerdConfig.ts"
import { configSecrets } from "../../../src/services/config/ConfigSecrets.ts"
import { parsePostgres } from "../../../src/services/config/PostgresUrl.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"

const config = (address: string): RunnerdConfig => ({
  ...makeConfig(),
  admin: { token: Redacted.make("all"), tokens: [{ name: "ann", role: "viewer", token: Redacted.make("of ann") }] },
  github: {
    ...makeConfig().github,
    webhookSecret: Redacted.make("hook"),
    auth: { _tag: "App", appId: 1, installationId: undefined, privateKey: Redacted.make("-----BEGIN") }
  },
  e2b: { ...makeConfig().e2b, apiKey: Redacted.make("e2b") },
  database: {
    backend: "postgres",
    ...Result.getOrThrow(parsePostgres(address)),
    password: Redacted.make("of its own key"),
    maxConnections: 1
  },
  telemetry: {
    traces: {
      url: "http://collector",
      protocol: "http/json",
      compression: "none",
      headers: [{ name: "x-key", value: Redacted.make("header") }],
      timeout: Duration.seconds(1)
    },
    logs: null,
    serviceName: "runnerd",
    resourceAttributes: {}
  }
})

describe("the secrets of a configuration", () => {
  for (const [what, address] of [
    ["a URL", "postgres://ann:in%20it@db/runnerd"],
    ["a URL's query", "postgres://ann@db/runnerd?password=in%20it"],
    ["keywords", "host=db user=ann dbname=runnerd password='in it'"]
  ] as const) {
    it(`are all that are Redacted, wherever they stand, and the password in ${what}`, () => {
      const found = configSecrets(config(address))
      const expected = ["all", "of ann", "hook", "-----BEGIN", "e2b", "of its own key", "header", "in it"]
      assert.includeMembers([...found], expected)
      assert.notIncludeMembers([...found], ["", "ann", "x-key", "runnerd"])
    })
  }
})
