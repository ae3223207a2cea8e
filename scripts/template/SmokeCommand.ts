// `npm run template:smoke`: makes one sandbox from a template, looks into it, and removes it in every case.
import { CommandExitError } from "e2b"
import type { Sandbox } from "e2b"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { E2bAccess, E2bEnvironment, Variant } from "./E2bAccess.ts"
import { connect, nameAtE2b } from "./E2bAccess.ts"
import { smokeChecks } from "./SmokeChecks.ts"
import type { Output, SmokeCheck } from "./SmokeChecks.ts"
import { readTemplate } from "./TemplateFolder.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

export interface SmokeOptions {
  readonly root: string
  readonly id: string
  readonly variant: Variant
  readonly config: Option.Option<string>
  readonly environment: E2bEnvironment
}

/** The sandbox ends by itself after this, should nobody be left to remove it. */
const life = Duration.minutes(10)

/** ensure-docker alone waits 30 seconds. */
const longestCheck = Duration.minutes(2)

/** A result whatever the exit code; the SDK throws for all but 0. */
const outputOf = (sandbox: Sandbox, command: string) =>
  sandbox.commands.run(command, { timeoutMs: Duration.toMillis(longestCheck) }).catch((error: unknown) => {
    if (error instanceof CommandExitError) return error
    throw error
  })

const seconds = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000))

const runCheck = Effect.fnUntraced(function* ({ call }: E2bAccess, sandbox: Sandbox, smokeCheck: SmokeCheck) {
  const startedAt = yield* seconds
  const { exitCode, stdout, stderr } = yield* call("it could not be run", () => outputOf(sandbox, smokeCheck.command))
  const output: Output = { exitCode, stdout, stderr, startedAt, endedAt: yield* seconds }
  return smokeCheck.judge(output)
})

/** True when it is well. */
const tell = Effect.fnUntraced(function* (access: E2bAccess, sandbox: Sandbox, smokeCheck: SmokeCheck) {
  const { name, remedy } = smokeCheck
  const { shown, problem } = yield* runCheck(access, sandbox, smokeCheck).pipe(
    Effect.catchTag("TemplateProblem", ({ message }) => Effect.succeed({ shown: "", problem: message }))
  )
  yield* problem === undefined
    ? Console.log(`ok    ${name.padEnd(16)} ${shown}`)
    : Console.log(`FAIL  ${name.padEnd(16)} ${problem}\n      ${"".padEnd(16)} ${remedy}`)
  return problem === undefined
})

const remove = Effect.fnUntraced(function* ({ call }: E2bAccess, sandbox: Sandbox) {
  yield* call("it cannot be removed", () => sandbox.kill()).pipe(
    Effect.andThen(Console.log(`Sandbox ${sandbox.sandboxId} is removed.`)),
    Effect.catchTag("TemplateProblem", ({ message }) =>
      Console.error(
        `Sandbox ${sandbox.sandboxId} may still be there: ${message}. It ends by itself within ${Duration.toMinutes(life)} minutes.`
      )
    )
  )
})

export const smoke = Effect.fn("template.smoke")(function* (options: SmokeOptions) {
  const template = yield* readTemplate(options.root, options.id)
  const access = yield* connect(options.config, options.environment)
  const name = nameAtE2b(template, options.variant)
  const made = access.call(`a sandbox of ${name} cannot be made`, () =>
    access.e2b.Sandbox.create(name, {
      timeoutMs: Duration.toMillis(life),
      metadata: { app: "runnerd-template-smoke", template: options.id }
    })
  )
  const checks = smokeChecks(template)
  const well = yield* Effect.acquireUseRelease(
    made,
    (sandbox) =>
      Console.log(`Sandbox ${sandbox.sandboxId} of ${name}`).pipe(
        Effect.andThen(Effect.forEach(checks, (each) => tell(access, sandbox, each)))
      ),
    (sandbox) => remove(access, sandbox)
  )
  const bad = well.filter((each) => !each).length
  if (bad === 0) return yield* Console.log(`All ${checks.length} checks are well.`)
  return yield* new TemplateProblem({ message: `${bad} of ${checks.length} checks failed.` })
})
