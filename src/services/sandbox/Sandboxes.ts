// The service that creates, follows and removes E2B sandboxes.
//
// Answers for: the contract. The control API is in ControlApi.ts and Templates.ts, processes and
// files in Envd.ts, the recognition of failures in SandboxFailure.ts. Not for when to retry (domain/Disposition.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { SandboxError } from "../../domain/SandboxError.ts"
import { countedSandboxCall } from "../telemetry/CallMetrics.ts"
import { applyConnectionLimits } from "./ConnectionLimits.ts"
import { makeControlApi } from "./ControlApi.ts"
import { makeControlCalls } from "./ControlCalls.ts"
import { makeEnvd } from "./Envd.ts"
import type {
  CreateSandbox,
  RunnerProcess,
  SandboxAccess,
  SandboxesOptions,
  SandboxSummary,
  StartCommand,
  TemplateStatus
} from "./SandboxTypes.ts"
import { makeTemplates } from "./Templates.ts"

export class Sandboxes extends Context.Service<
  Sandboxes,
  {
    /**
     * Creates a sandbox that E2B kills when its time is over. Not idempotent: after TimedOut, ConnectionFailed or
     * MalformedAnswer it may exist (E2B may finish up to 70 s later); find it with `list` by its metadata.
     */
    create(options: CreateSandbox): Effect.Effect<SandboxAccess, SandboxError>
    /** All sandboxes, running and paused, whose metadata has all these entries. */
    list(metadata: Readonly<Record<string, string>>): Effect.Effect<ReadonlyArray<SandboxSummary>, SandboxError>
    /** SandboxGone when E2B does not know it (any more). */
    get(sandboxId: string): Effect.Effect<SandboxSummary & SandboxAccess, SandboxError>
    /** True: killed now. False: it was gone already. */
    kill(sandboxId: string): Effect.Effect<boolean, SandboxError>
    /** Lets the sandbox live `seconds` from now. E2B clamps silently to the plan's maximum: read `endAt` back. */
    setTimeout(sandboxId: string, seconds: number): Effect.Effect<void, SandboxError>
    /** By alias or id. TemplateUnusable when E2B does not know it. */
    templateStatus(template: string): Effect.Effect<TemplateStatus, SandboxError>
    /** Writes a file as the sandbox's user, creating folders. envd gives it mode 0666 & ~umask. */
    writeFile(
      access: SandboxAccess,
      path: string,
      content: Redacted.Redacted | string
    ): Effect.Effect<void, SandboxError>
    /** Starts a process without a time limit of its own and follows it until the Scope closes. */
    start(access: SandboxAccess, command: StartCommand): Effect.Effect<RunnerProcess, SandboxError, Scope.Scope>
    /** Follows a process that runs already. ProcessNotFound only when envd says so. */
    connect(access: SandboxAccess, pid: number): Effect.Effect<RunnerProcess, SandboxError, Scope.Scope>
  }
>()("runnerd/services/sandbox/Sandboxes") {
  /** Over the `e2b` package. Nothing is contacted until a method is called. */
  static layer(options: SandboxesOptions): Layer.Layer<Sandboxes> {
    return Layer.effect(
      Sandboxes,
      Effect.gen(function* () {
        applyConnectionLimits(options.sandboxUrl)
        const counted = yield* countedSandboxCall
        const calls = makeControlCalls(options)
        const control = makeControlApi(calls, options)
        const envd = makeEnvd(options)
        return {
          create: counted("create", control.create),
          list: counted("list", control.list),
          get: counted("get", control.get),
          kill: counted("kill", control.kill),
          setTimeout: counted("setTimeout", control.setTimeout),
          templateStatus: counted("templateStatus", makeTemplates(calls, options).templateStatus),
          writeFile: counted("writeFile", envd.writeFile),
          start: counted("start", envd.start),
          connect: counted("connect", envd.connect)
        }
      })
    )
  }
}
