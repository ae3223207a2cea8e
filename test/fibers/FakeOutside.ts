// E2B and GitHub as two small state machines in memory, with every call in one list.
//
// Answers for: the services' shapes and the few rules that fibers rely on (a busy runner is not deleted, a killed
// sandbox is gone). How the real clients speak is tested elsewhere.
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import type { RunnerTarget } from "../../src/domain/RunnerTarget.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import type { GitHubJob, JitConfig } from "../../src/services/github/GitHubTypes.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import type {
  ProcessExit,
  ProcessOutput,
  RunnerProcess,
  SandboxSummary
} from "../../src/services/sandbox/SandboxTypes.ts"

type SandboxOperation = "create" | "setTimeout" | "list" | "get" | "kill" | "writeFile" | "start" | "connect"
type GitHubOperation =
  | "createJitConfig"
  | "registrationToken"
  | "getJob"
  | "findRunner"
  | "listRunners"
  | "deleteRunner"

interface Connection {
  readonly output: Queue.Queue<ProcessOutput, Cause.Done>
  readonly exit: Deferred.Deferred<ProcessExit, SandboxError.SandboxError>
}

type Plan =
  | { readonly _tag: "Fail"; readonly error: unknown; readonly takesEffect: boolean }
  | { readonly _tag: "Hold"; readonly until: Deferred.Deferred<void> }

const firstRunnerId = 900
const pid = 42

export class FakeOutside {
  /** Every call in the order it was made, as `operation` or `operation subject`. */
  readonly calls: Array<string> = []
  readonly sandboxes = new Map<string, SandboxSummary>()
  readonly runners = new Map<string, { readonly id: number; busy: boolean }>()
  /** Whether a runner has said that it listens, which GitHub knows, too. */
  #listens = false
  /** What GitHub says of jobs, where it differs from what it was told to say. */
  readonly jobs = new Map<number, Partial<GitHubJob>>()
  /** Where runners were registered. */
  readonly targets: Array<RunnerTarget> = []
  /** The longest life that E2B's plan allows, in milliseconds; what asks for more is cut silently. */
  longestLife = 24 * 3_600_000
  /** False: connecting says that the process has ended. */
  processAlive = true
  /** The next process that is started has ended with this code before anybody hears of its start. */
  endsAtOnce: number | null = null
  readonly #plans = new Map<string, Array<Plan>>()
  #connection: Connection | undefined
  #created = 0
  #registered = 0

  /** The next such call fails. `takesEffect`: it is carried out all the same, and only the answer is lost. */
  failNext(operation: SandboxOperation, reason: SandboxError.SandboxErrorReason, takesEffect = false): void {
    this.#plan(operation, { _tag: "Fail", error: new SandboxError.SandboxError({ operation, reason }), takesEffect })
  }
  failNextAtGitHub(operation: GitHubOperation, reason: GitHubError.GitHubErrorReason, takesEffect = false): void {
    this.#plan(operation, { _tag: "Fail", error: new GitHubError.GitHubError({ operation, reason }), takesEffect })
  }
  /** The next such call is carried out but answers only when told to. */
  holdNext(operation: SandboxOperation | GitHubOperation): Effect.Effect<void> {
    const until = Deferred.makeUnsafe<void>()
    this.#plan(operation, { _tag: "Hold", until })
    return Effect.asVoid(Deferred.succeed(until, undefined))
  }
  callsOf(operation: string): ReadonlyArray<string> {
    return this.calls.filter((call) => call === operation || call.startsWith(`${operation} `))
  }
  print(text: string, stream: "stdout" | "stderr" = "stdout"): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#listens ||= text.includes("Listening for Jobs")
      return Effect.asVoid(Queue.offer(this.#connection!.output, { stream, text }))
    })
  }
  exit(exitCode: number | null, error: string | null = null): Effect.Effect<void> {
    this.processAlive = false
    return this.#end(Effect.succeed({ exitCode, error }))
  }
  loseStream(): Effect.Effect<void> {
    return this.#end(
      Effect.fail(
        new SandboxError.SandboxError({ operation: "exit", reason: new SandboxError.StreamLost({ detail: "reset" }) })
      )
    )
  }
  /** The registered runner; there is only one in most stories. */
  runner(): { readonly id: number; busy: boolean } {
    return [...this.runners.values()][0]!
  }

  readonly layer = Layer.suspend(() =>
    Layer.merge(Layer.mock(Sandboxes)(this.#sandboxService()), Layer.mock(GitHub)(this.#gitHubService()))
  )

  #plan(operation: string, plan: Plan): void {
    this.#plans.set(operation, [...(this.#plans.get(operation) ?? []), plan])
  }

  /** `act` is told the time in epoch milliseconds. */
  #perform<A, E>(operation: string, subject: string, act: (now: number) => A): Effect.Effect<A, E> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      this.calls.push(subject === "" ? operation : `${operation} ${subject}`)
      const plan = this.#plans.get(operation)?.shift()
      if (plan === undefined) return Effect.succeed(act(now))
      if (plan._tag === "Hold") return Effect.as(Deferred.await(plan.until), act(now))
      if (plan.takesEffect) act(now)
      return Effect.fail(plan.error as E)
    })
  }

  #end(exit: Effect.Effect<ProcessExit, SandboxError.SandboxError>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { exit: ended, output } = this.#connection!
      return Queue.end(output).pipe(Effect.andThen(Deferred.complete(ended, exit)), Effect.asVoid)
    })
  }

  readonly #connect = Effect.gen({ self: this }, function* () {
    const connection: Connection = {
      output: yield* Queue.unbounded<ProcessOutput, Cause.Done>(),
      exit: yield* Deferred.make<ProcessExit, SandboxError.SandboxError>()
    }
    this.#connection = connection
    if (this.endsAtOnce !== null) yield* this.exit(this.endsAtOnce)
    this.endsAtOnce = null
    const process: RunnerProcess = {
      pid,
      output: Stream.fromQueue(connection.output),
      exit: Deferred.await(connection.exit)
    }
    return process
  })

  #gone(operation: string, sandboxId: string) {
    return Effect.fail(
      new SandboxError.SandboxError({ operation, reason: new SandboxError.SandboxGone({ sandboxId }) })
    )
  }

  #sandboxService() {
    const access = { envdVersion: "0.2.0", envdAccessToken: undefined, domain: undefined }
    return {
      create: ({ metadata, template, timeoutSeconds }) =>
        this.#perform("create", template, (now) => {
          this.#created += 1
          const sandboxId = `sbx-${this.#created}`
          this.sandboxes.set(sandboxId, {
            sandboxId,
            templateId: template,
            metadata,
            startedAt: DateTime.makeUnsafe(now),
            endAt: DateTime.makeUnsafe(now + timeoutSeconds * 1000),
            state: "running"
          })
          return { sandboxId, ...access }
        }),
      list: (asked) =>
        this.#perform("list", "", () =>
          [...this.sandboxes.values()].filter(({ metadata }) =>
            Object.entries(asked).every(([key, value]) => metadata[key] === value)
          )
        ),
      get: (sandboxId) =>
        this.#perform<Option.Option<SandboxSummary>, SandboxError.SandboxError>("get", sandboxId, () =>
          Option.fromNullishOr(this.sandboxes.get(sandboxId))
        ).pipe(
          Effect.flatMap((found) =>
            Option.isSome(found) ? Effect.succeed({ ...found.value, ...access }) : this.#gone("get", sandboxId)
          )
        ),
      setTimeout: (sandboxId, seconds) =>
        this.#perform<boolean, SandboxError.SandboxError>("setTimeout", String(seconds), (now) => {
          const known = this.sandboxes.get(sandboxId)
          if (known === undefined) return false
          const longest = DateTime.toEpochMillis(known.startedAt) + this.longestLife
          const endAt = DateTime.makeUnsafe(Math.min(now + seconds * 1000, longest))
          this.sandboxes.set(sandboxId, { ...known, endAt })
          return true
        }).pipe(Effect.flatMap((known) => (known ? Effect.void : this.#gone("setTimeout", sandboxId)))),
      kill: (sandboxId) => this.#perform("kill", sandboxId, () => this.sandboxes.delete(sandboxId)),
      writeFile: () => this.#perform("writeFile", "", () => undefined),
      start: () =>
        this.#perform<void, SandboxError.SandboxError>("start", "", () => undefined).pipe(
          Effect.andThen(this.#connect)
        ),
      connect: () =>
        this.#perform<boolean, SandboxError.SandboxError>("connect", "", () => this.processAlive).pipe(
          Effect.flatMap((alive) =>
            alive
              ? this.#connect
              : Effect.fail(
                  new SandboxError.SandboxError({
                    operation: "connect",
                    reason: new SandboxError.ProcessNotFound({ pid })
                  })
                )
          )
        )
    } satisfies Partial<Sandboxes["Service"]>
  }

  #gitHubService() {
    return {
      createJitConfig: (target, { runnerName }) =>
        this.#perform<JitConfig | null, GitHubError.GitHubError>("createJitConfig", runnerName, () => {
          if (this.runners.has(runnerName)) return null
          this.targets.push(target)
          this.#registered += 1
          const id = firstRunnerId + this.#registered
          this.runners.set(runnerName, { id, busy: false })
          return { runnerId: id, encodedJitConfig: Redacted.make("jit") }
        }).pipe(
          Effect.flatMap((made) => {
            if (made !== null) return Effect.succeed(made)
            const reason = new GitHubError.RunnerNameTaken({ runnerName })
            return Effect.fail(new GitHubError.GitHubError({ operation: "createJitConfig", reason }))
          })
        ),
      registrationToken: () => this.#perform("registrationToken", "", () => Redacted.make("token")),
      forgetRegistration: () => Effect.sync(() => void this.calls.push("forgetRegistration")),
      getJob: (_repository, jobId) =>
        this.#perform("getJob", String(jobId), (): GitHubJob => ({
          id: jobId,
          runId: 11,
          runAttempt: 1,
          name: "build",
          workflowName: "ci",
          headBranch: "main",
          headSha: "abc",
          htmlUrl: null,
          status: "queued",
          conclusion: null,
          labels: ["self-hosted", "e2b"],
          runnerId: null,
          runnerName: null,
          runnerGroupName: null,
          createdAt: null,
          startedAt: null,
          completedAt: null,
          ...this.jobs.get(jobId)
        })),
      findRunner: (_target, name) =>
        this.#perform("findRunner", "", () =>
          Option.map(Option.fromNullishOr(this.runners.get(name)), ({ busy, id }) => ({
            id,
            name,
            status: this.#listens || busy ? ("online" as const) : ("offline" as const),
            busy
          }))
        ),
      listRunners: () =>
        this.#perform("listRunners", "", () =>
          [...this.runners].map(([name, { busy, id }]) => ({ id, name, status: "online" as const, busy }))
        ),
      deleteRunner: (_target, runnerId) =>
        this.#perform<boolean, GitHubError.GitHubError>("deleteRunner", String(runnerId), () =>
          [...this.runners.values()].some(({ busy, id }) => busy && id === runnerId)
        ).pipe(
          Effect.flatMap((busy) => {
            if (busy) {
              const reason = new GitHubError.RunnerBusy({ detail: "is currently running a job" })
              return Effect.fail(new GitHubError.GitHubError({ operation: "deleteRunner", reason }))
            }
            const name = [...this.runners].find(([, { id }]) => id === runnerId)?.[0]
            return Effect.sync(() => name !== undefined && this.runners.delete(name))
          })
        )
    } satisfies Partial<GitHub["Service"]>
  }
}
