// From the name of a GitHub runner group to its id.
//
// Answers for: finding a group that the job's repository may use, and for saying which of the two is
// missing. Not for runnerd's own runner groups, which are sets of specs.
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { type GitHubError, RunnerGroupUnusable } from "../../domain/GitHubError.ts"
import type { RunnerTarget } from "../../domain/RunnerTarget.ts"
import type { GitHubCalls } from "./GitHubCalls.ts"

const operation = "createJitConfig"

/** Saves a call per runner; a group that is made anew under its old name is found when its old id is refused. */
const rememberedFor = Duration.minutes(10)

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

  const wantedBy = (target: RunnerTarget, runnerGroup: string): Wanted => ({
    owner: target.owner,
    repository: target.repository,
    runnerGroup
  })

  return {
    /** The group's id. RunnerGroupUnusable when it does not exist or the repository may not use it. */
    idOf: (target: RunnerTarget, runnerGroup: string) => Cache.get(remembered, keyOf(wantedBy(target, runnerGroup))),
    forget: (target: RunnerTarget, runnerGroup: string) =>
      Cache.invalidate(remembered, keyOf(wantedBy(target, runnerGroup)))
  }
})
