// The service that speaks with GitHub's REST API.
//
// Answers for: the contract. The one place that makes calls is GitHubTransport.ts, with the credentials that
// GitHubCalls.ts chooses. Not for pacing or retries (domain/Disposition.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { GitHubError } from "../../domain/GitHubError.ts"
import type { RunnerTarget } from "../../domain/RunnerTarget.ts"
import { makeApp } from "./AppCalls.ts"
import { makeGitHubCalls } from "./GitHubCalls.ts"
import { makeGitHubClients } from "./GitHubClients.ts"
import { makeGitHubTransport } from "./GitHubTransport.ts"
import type {
  CreateJitConfig,
  GitHubJob,
  GitHubOptions,
  GitHubRun,
  GitHubRunner,
  HookDelivery,
  JitConfig
} from "./GitHubTypes.ts"
import { makeJobs } from "./Jobs.ts"
import { makeRegistrationTokens } from "./RegistrationTokens.ts"
import { makeRunnerGroups } from "./RunnerGroups.ts"
import { makeRunners } from "./Runners.ts"

export class GitHub extends Context.Service<
  GitHub,
  {
    /**
     * Registers an offline ephemeral runner at once. After RunnerNameTaken a runner of that name exists, perhaps from
     * an earlier call whose answer was lost: delete it and take another name.
     */
    createJitConfig(target: RunnerTarget, options: CreateJitConfig): Effect.Effect<JitConfig, GitHubError>
    /**
     * A token for `config.sh`, good for more than 30 minutes; shared by all who ask for this target. RunnerGroupUnusable as
     * with `createJitConfig`: the repository may not use this GitHub runner group, or there is none of that name.
     */
    registrationToken(target: RunnerTarget, runnerGroup: string | null): Effect.Effect<Redacted.Redacted, GitHubError>
    /** The next registration asks GitHub for all it needs: call it when a runner was refused, or got no job. */
    forgetRegistration(target: RunnerTarget, runnerGroup: string | null): Effect.Effect<void>
    /** `repository`: `owner/name`. NotFound: gone, or no access. */
    getJob(repository: string, jobId: number): Effect.Effect<GitHubJob, GitHubError>
    /** Jobs of the run's latest attempt, all pages. */
    listRunJobs(repository: string, runId: number): Effect.Effect<ReadonlyArray<GitHubJob>, GitHubError>
    /** The repository's runs of this status, newest first, at most 1,000. */
    listRuns(repository: string, status: "queued" | "in_progress"): Effect.Effect<ReadonlyArray<GitHubRun>, GitHubError>
    /**
     * Full names of all repositories that the App's installations (or the configured one) reach; none unless an App. Those
     * of an account that GitHub does not tell now, for its limit or otherwise, are left out.
     */
    installedRepositories(): Effect.Effect<ReadonlyArray<string>, GitHubError>
    /** A page of the App's log of deliveries, newest first; `cursor`: what an earlier page gave for the next. App only. */
    hookDeliveries(
      cursor: string | undefined
    ): Effect.Effect<
      { readonly deliveries: ReadonlyArray<HookDelivery>; readonly next: string | undefined },
      GitHubError
    >
    /** The body of a delivery in the App's log, as JSON. App only. */
    hookDeliveryBody(deliveryId: number): Effect.Effect<string, GitHubError>
    /** The runner with exactly this name. */
    findRunner(target: RunnerTarget, name: string): Effect.Effect<Option.Option<GitHubRunner>, GitHubError>
    /** All runners of the target, all pages. */
    listRunners(target: RunnerTarget): Effect.Effect<ReadonlyArray<GitHubRunner>, GitHubError>
    /** True: removed now. False: it was gone already. RunnerBusy while it runs a job. */
    deleteRunner(target: RunnerTarget, runnerId: number): Effect.Effect<boolean, GitHubError>
  }
>()("runnerd/services/github/GitHub") {
  /** Over Octokit. Nothing is contacted until a method is called. */
  static layer(options: GitHubOptions): Layer.Layer<GitHub> {
    return Layer.effect(
      GitHub,
      Effect.gen(function* () {
        const transport = makeGitHubTransport(options)
        const calls = makeGitHubCalls(transport, yield* makeGitHubClients(options, transport), options.limits)
        const groups = yield* makeRunnerGroups(calls)
        return {
          ...makeJobs(calls),
          ...makeApp(calls, options),
          ...makeRunners(calls, groups),
          ...(yield* makeRegistrationTokens(calls, groups))
        }
      })
    )
  }
}
