// Finding sandboxes that no request stands behind.
//
// Answers for: what a crash, or a create that E2B finished after we had given up, left behind. Not for anything
// without our instance id: that is not provably ours and is left alone.
// Gotchas: the sandboxes are listed before the rows are read, so a sandbox made in between is not seen at all, and
// one that is seen is judged by a row at least as new. A database that was restored knows nothing of the sandboxes made
// after its backup, in which jobs run: so none is removed before GitHub has said that its runner is not busy. While
// GitHub does not answer it is left; its time limit bounds what that costs.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { isOutOfReach } from "../domain/GitHubError.ts"
import { nextRunnerName, type RunnerRequest } from "../domain/RunnerRequest.ts"
import { key, type RunnerTarget } from "../domain/RunnerTarget.ts"
import * as SandboxMetadata from "../domain/SandboxMetadata.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { SandboxSummary } from "../services/sandbox/SandboxTypes.ts"
import { Instance } from "../services/store/Instance.ts"
import { RequestStore } from "../services/store/RequestStore.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.minutes(1)

/** Whether nothing stands behind the sandbox. Its id may not be in the request's row yet, or never have come to be known. */
export const isOrphan = (sandbox: Pick<SandboxSummary, "sandboxId">, request: RunnerRequest | undefined): boolean =>
  request === undefined ||
  !request.sandboxMayExist ||
  (request.sandboxId !== null && request.sandboxId !== sandbox.sandboxId)

/** The names of the runners that work on a job there; null when GitHub does not say. */
const busyAt = Effect.fnUntraced(
  function* (target: RunnerTarget) {
    const runners = yield* (yield* GitHub).listRunners(target)
    return new Set(runners.filter(({ busy }) => busy).map(({ name }) => name))
  },
  (asked, target) =>
    Effect.catchTag(asked, "GitHubError", (error) =>
      isOutOfReach(error)
        ? Effect.succeed(new Set<string>())
        : Effect.logWarning(
            "Whether runners are busy could not be asked; their sandboxes are left",
            error.message
          ).pipe(Effect.annotateLogs({ target: key(target) }), Effect.as(null))
    )
)

/** Those whose runners GitHub does not call busy, and those that can have no runner. Asks once for each target. */
const withoutJob = Effect.fnUntraced(function* (orphans: ReadonlyArray<SandboxSummary>) {
  const { tag } = yield* Instance
  const known = orphans.map((sandbox) => ({ sandbox, runner: SandboxMetadata.runnerOf(tag, sandbox.metadata) }))
  const targets = new Map(known.flatMap(({ runner }) => (runner === null ? [] : [[key(runner.target), runner.target]])))
  const busy = new Map<string, ReadonlySet<string> | null>()
  for (const [id, target] of targets) busy.set(id, yield* busyAt(target))
  return known.flatMap(({ runner, sandbox }) => {
    if (runner === null) return [sandbox]
    const names = busy.get(key(runner.target))
    const works = names == null || names.has(runner.name) || names.has(nextRunnerName(runner.name))
    return works ? [] : [sandbox]
  })
})

/** Answers how many were removed. */
export const sweep = Effect.fn("Sweeper.sweep")(function* () {
  const sandboxes = yield* Sandboxes
  const instance = yield* Instance
  const store = yield* RequestStore
  const ours = yield* sandboxes.list(SandboxMetadata.ofInstance(instance.id))
  const ids = [...new Set(ours.flatMap((sandbox) => SandboxMetadata.requestId(sandbox.metadata) ?? []))]
  const requests = new Map((yield* store.named(ids)).map((request) => [request.id, request]))
  const orphans = ours.filter((sandbox) =>
    isOrphan(sandbox, requests.get(SandboxMetadata.requestId(sandbox.metadata) ?? ""))
  )
  // One that cannot be killed must not keep the others alive.
  const removable = yield* withoutJob(orphans)
  if (removable.length < orphans.length) {
    yield* Effect.logWarning(
      "Sandboxes that no request stands behind are left while their runners may work on jobs",
      orphans.length - removable.length
    )
  }
  const removed = yield* Effect.forEach(removable, (sandbox) =>
    Effect.logWarning("Removing a sandbox that no request stands behind").pipe(
      Effect.andThen(sandboxes.kill(sandbox.sandboxId)),
      Effect.as(1),
      Effect.catch((error) =>
        Effect.as(Effect.logError("A sandbox could not be removed; the next sweep tries again", error.message), 0)
      ),
      Effect.annotateLogs({
        sandbox: sandbox.sandboxId,
        request: SandboxMetadata.requestId(sandbox.metadata) ?? ""
      })
    )
  )
  return removed.reduce((sum, one) => sum + one, 0)
})

export const layer = Layer.effectDiscard(
  Effect.flatMap(Leadership, (leadership) =>
    Loop.every("sandbox sweep", interval, leadership.only(sweep())).pipe(Effect.forkScoped)
  )
)
