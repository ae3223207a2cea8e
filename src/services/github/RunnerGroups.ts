// From the name of a GitHub runner group to its id.
//
// Answers for: finding a group that the job's repository may use, for saying which of the two is missing, and for asking
// GitHub once for many runners. Not for runnerd's own runner groups, which are sets of specs.
// Gotcha: a group that has lost its repository still takes the runner, which then gets no job: whoever meets a runner that
// was refused or idle has what is remembered forgotten.
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { type GitHubError, RunnerGroupUnusable } from "../../domain/GitHubError.ts"
import type { RunnerTarget } from "../../domain/RunnerTarget.ts"
import type { GitHubCalls } from "./GitHubCalls.ts"

const operation = "runnerGroup"

/** Long enough that looking costs next to nothing per runner; what has changed since shows by a runner that is no use. */
const rememberedFor = Duration.hours(1)

const Page = Schema.Struct({
  runner_groups: Schema.Array(Schema.Struct({ id: Schema.Int, name: Schema.String }))
})

interface Wanted {
  readonly owner: string
  readonly repository: string
  readonly runnerGroup: string
}

// Group names cannot hold a line break, so it separates.
const keyOf = (wanted: Wanted) => [wanted.owner, wanted.repository, wanted.runnerGroup].join("\n").toLowerCase()

export const makeRunnerGroups = Effect.fnUntraced(function* (calls: GitHubCalls) {
  const decodePage = calls.decode(operation, Page)

  const unusable = (runnerGroup: string, detail: string) =>
    calls.fail(operation, new RunnerGroupUnusable({ runnerGroup, detail }))

  const groups = (wanted: Wanted, filter: Readonly<Record<string, string>>) =>
    calls.pages(
      { owner: wanted.owner, name: wanted.repository },
      { operation, route: "GET /orgs/{org}/actions/runner-groups", path: { org: wanted.owner }, parameters: filter },
      (data) => Effect.map(decodePage(data), (page) => page.runner_groups)
    )

  const named = (list: ReadonlyArray<{ readonly id: number; readonly name: string }>, name: string) =>
    list.find((group) => group.name.toLowerCase() === name.toLowerCase())

  const find = Effect.fnUntraced(function* (wanted: Wanted): Effect.fn.Return<number, GitHubError> {
    const { owner, repository, runnerGroup } = wanted
    const visible = yield* groups(wanted, { visible_to_repository: repository }).pipe(
      Effect.catchReason("GitHubError", "NotFound", () =>
        Effect.fail(
          unusable(runnerGroup, `${owner} is no organisation whose groups we may see; a personal account has none`)
        )
      )
    )
    const usable = named(visible, runnerGroup)
    if (usable !== undefined) return usable.id
    const exists = named(yield* groups(wanted, {}), runnerGroup) !== undefined
    return yield* unusable(
      runnerGroup,
      exists ? `${owner}/${repository} has no access to it` : `the organisation ${owner} has no group of that name`
    )
  })

  const remembered = yield* Cache.makeWith(
    (key: string) => {
      const [owner = "", repository = "", runnerGroup = ""] = key.split("\n")
      return find({ owner, repository, runnerGroup })
    },
    { capacity: 1_000, timeToLive: (exit) => (Exit.isSuccess(exit) ? rememberedFor : Duration.zero) }
  )

  const keyFor = (target: RunnerTarget, runnerGroup: string) =>
    keyOf({ owner: target.owner, repository: target.repository, runnerGroup })

  return {
    /** RunnerGroupUnusable when it does not exist or the repository may not use it; null: the target has no groups. */
    idOf: (target: RunnerTarget, runnerGroup: string | null): Effect.Effect<number | null, GitHubError> =>
      target._tag === "Repository" || runnerGroup === null
        ? Effect.succeed(null)
        : Cache.get(remembered, keyFor(target, runnerGroup)).pipe(
            // Whoever asks is told in the spelling of its spec.
            Effect.catchReason("GitHubError", "RunnerGroupUnusable", ({ detail }) =>
              Effect.fail(unusable(runnerGroup, detail))
            )
          ),
    forget: (target: RunnerTarget, runnerGroup: string | null) =>
      runnerGroup === null ? Effect.void : Cache.invalidate(remembered, keyFor(target, runnerGroup))
  }
})

export type RunnerGroups = Effect.Success<ReturnType<typeof makeRunnerGroups>>
