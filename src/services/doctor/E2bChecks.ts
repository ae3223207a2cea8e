// Whether E2B lets runnerd make its sandboxes.
//
// Answers for: the key, the template of each spec, and what is known of the plan's limits. No sandbox is made to find out.
// Gotcha: E2B tells nobody what a plan allows, it refuses. So its own refusals, and sandboxes that live, are the evidence;
// without any, the plans as E2B sells them: https://e2b.dev/docs (Hobby 1 hour, Pro 24 hours).
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { fail, type Line, ok, warn } from "../../domain/Finding.ts"
import { counted } from "../../domain/Sentence.ts"
import type { SandboxError } from "../../domain/SandboxError.ts"
import type { RunnerdConfig } from "../config/RunnerdConfig.ts"
import type { Sandboxes } from "../sandbox/Sandboxes.ts"
import type { SandboxSummary } from "../sandbox/SandboxTypes.ts"
import type { DatabaseFacts, KnownSpec } from "./DatabaseFacts.ts"
import { type Check, ofContents, sentenceOf } from "./Examination.ts"

const hobby = Duration.hours(1)
const pro = Duration.hours(24)

const keyRefused = (error: SandboxError): Line =>
  fail(
    `${sentenceOf(error)}.`,
    error.reason._tag === "Unauthorized" || error.reason._tag === "Forbidden"
      ? "Make a key at https://e2b.dev/dashboard and put it where e2b.api_key says; see that the team is not blocked."
      : "See whether e2b.api_url can be reached from here."
  )

const templateLine = Effect.fnUntraced(function* (sandboxes: Sandboxes["Service"], spec: KnownSpec) {
  const what = `Template ${spec.templateId} of runner spec ${spec.name}`
  // A spec that is switched off breaks nothing yet.
  const wrong = spec.enabled ? fail : warn
  return yield* sandboxes.templateStatus(spec.templateId).pipe(
    Effect.map(({ detail, usable }) =>
      usable
        ? ok(`${what}: ${detail}`)
        : wrong(`${what}: ${detail}`, "Build the template, or give the spec another one.")
    ),
    Effect.catchTag("SandboxError", (error) =>
      Effect.succeed(
        error.reason._tag === "TemplateUnusable" || error.reason._tag === "BadRequest"
          ? wrong(`${what} is not known to E2B.`, "Build it in this team, or correct template_id of the spec.")
          : fail(`${what} cannot be looked at: ${sentenceOf(error)}.`, "See to e2b_key first.")
      )
    )
  )
})

const templateLines = Effect.fnUntraced(function* (sandboxes: Sandboxes["Service"], specs: ReadonlyArray<KnownSpec>) {
  if (specs.length === 0)
    return [warn("There is no runner spec, so no job gets a runner.", "Create one: POST /runner_specs.")]
  return yield* Effect.forEach(specs, (spec) => templateLine(sandboxes, spec), { concurrency: 8 })
})

const longestLife = (sandboxes: ReadonlyArray<SandboxSummary>): Duration.Duration =>
  Duration.millis(
    Math.max(
      0,
      ...sandboxes.map(({ endAt, startedAt }) => DateTime.toEpochMillis(endAt) - DateTime.toEpochMillis(startedAt))
    )
  )

const hours = (duration: Duration.Duration) => `${Number(Duration.toHours(duration).toFixed(2))} h`

/** `seen`: the longest life that E2B has given one of the team's sandboxes. */
export const lifeLine = (
  timeout: Duration.Duration,
  refused: Duration.Duration | null,
  seen: Duration.Duration
): Line => {
  const configured = `e2b.timeout_seconds is ${Duration.toSeconds(timeout)}`
  // Whatever was refused once, before a larger plan.
  if (!Duration.isGreaterThan(timeout, seen)) return ok(`${configured}, and E2B has given a sandbox that long.`)
  if (refused !== null && Duration.isGreaterThan(timeout, refused)) {
    return fail(
      `${configured}, and E2B refused a sandbox because its plan allows ${hours(refused)}.`,
      `Set e2b.timeout_seconds to ${Duration.toSeconds(refused)} or less: a sandbox's life is extended while its job runs, as far as the plan allows.`
    )
  }
  if (!Duration.isGreaterThan(timeout, hobby)) return ok(`${configured}, which every plan of E2B's allows.`)
  return warn(
    `${configured}: more than ${Duration.isGreaterThan(timeout, pro) ? "24 h, which no plan but an Enterprise one allows" : "1 h, which the Hobby plan does not allow"}.`,
    "Compare with the plan at https://e2b.dev/dashboard: E2B refuses sandboxes of a longer life than it allows."
  )
}

const roomLine = (limit: number | "unlimited", ceiling: number | null): Line => {
  const configured = `worker.max_concurrent_runners is ${limit}`
  return ceiling !== null && (limit === "unlimited" || ceiling < limit)
    ? warn(
        `${configured}, and E2B refused more than ${counted(ceiling, "sandbox", "sandboxes")}.`,
        "Jobs wait for room. Set it to what the plan allows, or get a larger plan."
      )
    : ok(`${configured}, and E2B has not refused one for want of room.`)
}

export const e2bChecks = (
  { e2b, worker }: RunnerdConfig,
  sandboxes: Sandboxes["Service"],
  facts: Effect.Effect<DatabaseFacts, unknown>
): Effect.Effect<ReadonlyArray<Check>> =>
  Effect.gen(function* () {
    const list = yield* Effect.cached(sandboxes.list({}))
    return [
      {
        name: "e2b_key",
        run: Effect.map(list, (all): ReadonlyArray<Line> => [
          ok(`E2B takes the key; the team has ${counted(all.length, "sandbox", "sandboxes")} now.`)
        ]).pipe(Effect.catchTag("SandboxError", (error) => Effect.succeed([keyRefused(error)])))
      },
      {
        name: "e2b_templates",
        run: ofContents(facts, "Which templates the runner specs need", ({ specs }) => templateLines(sandboxes, specs))
      },
      {
        name: "e2b_plan",
        run: ofContents(facts, "What E2B has refused", ({ ceiling, longestLifeAllowed }) =>
          Effect.map(list, longestLife).pipe(
            Effect.catch(() => Effect.succeed(Duration.zero)),
            Effect.map((seen) => [
              lifeLine(e2b.timeout, longestLifeAllowed, seen),
              roomLine(worker.maxConcurrentRunners, ceiling)
            ])
          )
        )
      }
    ] satisfies ReadonlyArray<Check>
  })
