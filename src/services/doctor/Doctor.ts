// A look at the whole installation: whether everything that runnerd needs is there.
//
// Answers for: looking at everything at once, and telling it in one order. It changes nothing, asks with connections of its
// own, and needs no running service, so that the command line and the API tell the same.
import * as Effect from "effect/Effect"
import { type Finding, worst } from "../../domain/Finding.ts"
import type { RunnerdConfig } from "../config/RunnerdConfig.ts"
import { makeGitHubInspection } from "../github/GitHubInspection.ts"
import { Sandboxes } from "../sandbox/Sandboxes.ts"
import { clockCheck } from "./ClockCheck.ts"
import { databaseCheck, databaseFacts, diskCheck } from "./DatabaseCheck.ts"
import { e2bChecks } from "./E2bChecks.ts"
import { type Check, examined } from "./Examination.ts"
import { gitHubChecks } from "./GitHubChecks.ts"
import { webhookChecks } from "./WebhookChecks.ts"

export interface Diagnosis {
  readonly status: ReturnType<typeof worst>
  readonly findings: ReadonlyArray<Finding>
}

const lookAt = Effect.fnUntraced(function* (config: RunnerdConfig) {
  const { e2b, github } = config
  const facts = yield* Effect.cached(
    Effect.provideContext(
      databaseFacts(config.database),
      yield* Effect.context<Effect.Services<ReturnType<typeof databaseFacts>>>()
    )
  )
  const inspection = yield* makeGitHubInspection({
    baseUrl: github.apiBaseUrl,
    auth: github.auth,
    callTimeout: e2b.apiTimeout
  })
  const sandboxes = yield* Sandboxes
  const checks: ReadonlyArray<Check> = [
    ...(yield* gitHubChecks(github, inspection, facts)),
    ...webhookChecks(github, inspection, facts),
    ...(yield* e2bChecks(config, sandboxes, facts)),
    clockCheck(config),
    databaseCheck(config.database, facts),
    yield* diskCheck(config.database)
  ]
  const findings = (yield* Effect.forEach(checks, examined, { concurrency: "unbounded" })).flat()
  return { status: worst(findings), findings } satisfies Diagnosis
})

/** Never fails: what cannot be looked at is a line of its own. */
export const diagnose = Effect.fn("Doctor.diagnose")(function* (config: RunnerdConfig) {
  const { e2b } = config
  return yield* lookAt(config).pipe(
    Effect.provide(
      Sandboxes.layer({
        apiKey: e2b.apiKey,
        apiUrl: e2b.apiUrl,
        sandboxUrl: e2b.sandboxUrl,
        domain: e2b.domain,
        callTimeout: e2b.apiTimeout,
        createTimeout: e2b.createTimeout
      })
    )
  )
})
