// Self-hosted runners at GitHub: find, list, delete, register by JIT configuration.
//
// Answers for: the calls of a repository's and an organisation's runners alike.
// Gotchas: a JIT configuration registers an offline runner at once, so a lost answer leaves one behind whose
// name is taken; `?name=` may match more than the exact name.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { pointsOfWrite } from "../../domain/CallLimit.ts"
import { type GitHubError, RunnerBusy, RunnerNameTaken } from "../../domain/GitHubError.ts"
import type { RunnerTarget } from "../../domain/RunnerTarget.ts"
import type { GitHubCalls } from "./GitHubCalls.ts"
import type { Repository } from "./GitHubClients.ts"
import type { CreateJitConfig, GitHubRunner } from "./GitHubTypes.ts"
import type { RunnerGroups } from "./RunnerGroups.ts"

const Runner = Schema.Struct({
  id: Schema.Int,
  name: Schema.String,
  status: Schema.String,
  busy: Schema.Boolean
})

const Jit = Schema.Struct({
  runner: Schema.Struct({ id: Schema.Int }),
  encoded_jit_config: Schema.RedactedFromValue(Schema.NonEmptyString)
})

const runnerOf = (runner: typeof Runner.Type): GitHubRunner => ({
  id: runner.id,
  name: runner.name,
  status: runner.status === "online" ? "online" : "offline",
  busy: runner.busy
})

/** The group every repository runner belongs to. */
const defaultGroupId = 1

/** Whose installation speaks for the target. */
export const repositoryOf = (target: RunnerTarget): Repository => ({ owner: target.owner, name: target.repository })

/** Where the target's runners are in the API, and what fills the gaps of that route. */
export const runnersRoute = (target: RunnerTarget) =>
  target._tag === "Repository"
    ? { prefix: "/repos/{owner}/{repo}/actions/runners", path: { owner: target.owner, repo: target.repository } }
    : { prefix: "/orgs/{org}/actions/runners", path: { org: target.owner } }

export const makeRunners = (calls: GitHubCalls, groups: RunnerGroups) => {
  const decodeJit = calls.decode("createJitConfig", Jit)
  const decodePage = calls.decode("listRunners", Schema.Struct({ runners: Schema.Array(Runner) }))

  const askForJit = Effect.fnUntraced(function* (target: RunnerTarget, options: CreateJitConfig, groupId: number) {
    const operation = "createJitConfig"
    const { labels, runnerName } = options
    const route = runnersRoute(target)
    const answer = yield* calls
      .call(repositoryOf(target), {
        operation,
        points: pointsOfWrite,
        route: `POST ${route.prefix}/generate-jitconfig`,
        path: route.path,
        parameters: { name: runnerName, runner_group_id: groupId, labels: [...labels], work_folder: "_work" }
      })
      .pipe(
        Effect.catchReason("GitHubError", "Unavailable", (reason, error) =>
          Effect.fail(reason.status === 409 ? calls.fail(operation, new RunnerNameTaken({ runnerName })) : error)
        )
      )
    const jit = yield* decodeJit(answer.data)
    return { runnerId: jit.runner.id, encodedJitConfig: jit.encoded_jit_config satisfies Redacted.Redacted }
  })

  const createJitConfig = Effect.fn("GitHub.createJitConfig")(function* (
    target: RunnerTarget,
    options: CreateJitConfig
  ) {
    const { runnerGroup } = options
    const groupId = yield* groups.idOf(target, runnerGroup)
    if (groupId === null) return yield* askForJit(target, options, defaultGroupId)
    /** The group may have been deleted, and made again, since its id was remembered. */
    const lookedUpAgain = Effect.fnUntraced(function* (_reason: unknown, error: GitHubError) {
      yield* groups.forget(target, runnerGroup)
      const newId = yield* groups.idOf(target, runnerGroup)
      return newId === null || newId === groupId ? yield* error : yield* askForJit(target, options, newId)
    })
    return yield* askForJit(target, options, groupId).pipe(
      Effect.catchReasons("GitHubError", { NotFound: lookedUpAgain, Rejected: lookedUpAgain })
    )
  })

  const list = (target: RunnerTarget, operation: string, parameters: Readonly<Record<string, string>>) => {
    const route = runnersRoute(target)
    return calls.pages(
      repositoryOf(target),
      { operation, route: `GET ${route.prefix}`, path: route.path, parameters },
      (data) => Effect.map(decodePage(data), (page) => page.runners.map(runnerOf))
    )
  }

  const findRunner = Effect.fn("GitHub.findRunner")(function* (target: RunnerTarget, name: string) {
    const runners = yield* list(target, "findRunner", { name })
    return Arr.findFirst(runners, (runner) => runner.name === name)
  })

  const listRunners = Effect.fn("GitHub.listRunners")(function* (target: RunnerTarget) {
    return yield* list(target, "listRunners", {})
  })

  const deleteRunner = Effect.fn("GitHub.deleteRunner")(function* (target: RunnerTarget, runnerId: number) {
    const operation = "deleteRunner"
    const route = runnersRoute(target)
    return yield* calls
      .call(repositoryOf(target), {
        operation,
        route: `DELETE ${route.prefix}/{runner_id}`,
        path: { ...route.path, runner_id: runnerId }
      })
      .pipe(
        Effect.as(true),
        Effect.catchReasons("GitHubError", {
          NotFound: () => Effect.succeed(false),
          Rejected: (reason, error) =>
            Effect.fail(
              reason.status === 422 ? calls.fail(operation, new RunnerBusy({ detail: reason.detail })) : error
            )
        })
      )
  })

  return { createJitConfig, findRunner, listRunners, deleteRunner }
}
