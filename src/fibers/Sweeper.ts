// Finding sandboxes that no request stands behind.
//
// Answers for: what a crash, or a create that E2B finished after we had given up, left behind. Not for anything
// without our instance id: that is not provably ours and is left alone.
// Gotchas: the sandboxes are listed before the rows are read, so a sandbox made in between is not seen at all, and
// one that is seen is judged by a row at least as new. A database that was restored knows nothing of the sandboxes made
// after its backup, in which jobs run: so none is removed before GitHub has given up its runner. While GitHub does not answer
// it is left; its time limit bounds what that costs.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type GitHubError, isOutOfReach } from "../domain/GitHubError.ts"
import { nextRunnerName, type RunnerRequest } from "../domain/RunnerRequest.ts"
import { key, type RunnerTarget } from "../domain/RunnerTarget.ts"
import * as SandboxMetadata from "../domain/SandboxMetadata.ts"
import { GitHub } from "../services/github/GitHub.ts"
import type { GitHubRunner } from "../services/github/GitHubTypes.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { SandboxSummary } from "../services/sandbox/SandboxTypes.ts"
import { Instance } from "../services/store/Instance.ts"
import { RequestStore } from "../services/store/RequestStore.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.minutes(1)

/** So that one that GitHub is slow to tell of does not keep the others' sandboxes alive. */
const targetsAtOnce = 5

/** Whether nothing stands behind the sandbox. Its id may not be in the request's row yet, or never have come to be known. */
export const isOrphan = (sandbox: Pick<SandboxSummary, "sandboxId">, request: RunnerRequest | undefined): boolean =>
  request === undefined ||
  !request.sandboxMayExist ||
  (request.sandboxId !== null && request.sandboxId !== sandbox.sandboxId)

interface Orphan {
  readonly sandbox: SandboxSummary
  /** Null: it cannot have one. */
  readonly runner: { readonly target: RunnerTarget; readonly name: string } | null
}

const remove = ({ sandbox }: Orphan) =>
  Effect.logWarning("Removing a sandbox that no request stands behind").pipe(
    Effect.andThen(Effect.flatMap(Sandboxes, (sandboxes) => sandboxes.kill(sandbox.sandboxId))),
    Effect.as(true),
    Effect.catch((error) =>
      Effect.as(Effect.logError("A sandbox could not be removed; the next sweep tries again", error.message), false)
    ),
    Effect.annotateLogs({
      sandbox: sandbox.sandboxId,
      request: SandboxMetadata.requestId(sandbox.metadata) ?? ""
    })
  )

/**
 * Whether the runner of this name is at no job and will be given none: there is none, or its registration is removed here, which
 * GitHub refuses for a busy one. `listed`: what GitHub has just told of all runners there. A list of several pages may miss one.
 */
const isReleased = Effect.fnUntraced(function* (
  { name, target }: { readonly target: RunnerTarget; readonly name: string },
  listed: ReadonlyMap<string, GitHubRunner>
) {
  const github = yield* GitHub
  for (const each of [name, nextRunnerName(name)]) {
    const there = listed.get(each) ?? Option.getOrUndefined(yield* github.findRunner(target, each))
    if (there === undefined) continue
    if (there.busy) return false
    yield* github.deleteRunner(target, there.id)
  }
  return true
})

const isBusy = (error: GitHubError) => error.reason._tag === "RunnerBusy"

/** Of orphans of one target, those whose runners are released. Asks for the list once; those that GitHub does not tell of are not. */
const released = Effect.fnUntraced(
  function* (target: RunnerTarget, orphans: ReadonlyArray<Orphan>) {
    const runners = yield* (yield* GitHub).listRunners(target)
    const listed = new Map(runners.map((runner) => [runner.name, runner]))
    return yield* Effect.filter(orphans, ({ runner }) =>
      (runner === null ? Effect.succeed(true) : isReleased(runner, listed)).pipe(
        Effect.catchIf(isBusy, () => Effect.succeed(false)),
        Effect.catchIf(isOutOfReach, () => Effect.succeed(true))
      )
    )
  },
  (asked, target, orphans) =>
    Effect.catchTag(asked, "GitHubError", (error) =>
      isOutOfReach(error)
        ? Effect.succeed(orphans)
        : Effect.as(
            Effect.logWarning("Whether runners work could not be asked; their sandboxes are left", error.message).pipe(
              Effect.annotateLogs({ target: key(target) })
            ),
            []
          )
    )
)

/** Removes what it may of the orphans of one target, or of those without a runner; answers how many. */
const removeThose = Effect.fnUntraced(function* (orphans: ReadonlyArray<Orphan>) {
  const target = orphans[0]?.runner?.target
  const removable = target === undefined ? orphans : yield* released(target, orphans)
  const left = orphans.length - removable.length
  if (left > 0)
    yield* Effect.logWarning("Sandboxes that no request stands behind are left: their runners may work", left)
  // One that cannot be killed must not keep the others alive.
  const removed = yield* Effect.forEach(removable, remove)
  return removed.filter((one) => one).length
})

/** Answers how many were removed. */
export const sweep = Effect.fn("Sweeper.sweep")(function* () {
  const sandboxes = yield* Sandboxes
  const { id, tag } = yield* Instance
  const store = yield* RequestStore
  const ours = yield* sandboxes.list(SandboxMetadata.ofInstance(id))
  const ids = [...new Set(ours.flatMap((sandbox) => SandboxMetadata.requestId(sandbox.metadata) ?? []))]
  const requests = new Map((yield* store.named(ids)).map((request) => [request.id, request]))
  const orphans = ours
    .filter((sandbox) => isOrphan(sandbox, requests.get(SandboxMetadata.requestId(sandbox.metadata) ?? "")))
    .map((sandbox): Orphan => ({ sandbox, runner: SandboxMetadata.runnerOf(tag, sandbox.metadata) }))
  const byTarget = Map.groupBy(orphans, ({ runner }) => (runner === null ? "" : key(runner.target)))
  const removed = yield* Effect.forEach(byTarget.values(), removeThose, { concurrency: targetsAtOnce })
  return removed.reduce((sum, count) => sum + count, 0)
})

export const layer = Layer.effectDiscard(
  Effect.flatMap(Leadership, (leadership) =>
    Loop.every("sandbox sweep", interval, leadership.only(sweep())).pipe(Effect.forkScoped)
  )
)
