// The service that creates, follows and removes E2B sandboxes.
//
// Answers for: the contract. The control API is in ControlApi.ts, processes and files in Envd.ts, the
// recognition of failures in SandboxFailure.ts. Not for when to retry (domain/Disposition.ts).
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { SandboxError } from "../../domain/SandboxError.ts"
import type {
  CreateSandbox,
  RunnerProcess,
  SandboxAccess,
  SandboxSummary,
  StartCommand,
  TemplateStatus
} from "./SandboxTypes.ts"

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
>()("runnerd/services/sandbox/Sandboxes") {}
