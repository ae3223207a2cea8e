// Finding sandboxes that no request stands behind.
//
// Answers for: what a crash, or a create that E2B finished after we had given up, left behind. Not for anything
// without our instance id: that is not provably ours and is left alone.
// Gotcha: the sandboxes are listed before the rows are read, so a sandbox made in between is not seen at all, and
// one that is seen is judged by a row at least as new.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RunnerRequest } from "../domain/RunnerRequest.ts"
import * as SandboxMetadata from "../domain/SandboxMetadata.ts"
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
  const removed = yield* Effect.forEach(orphans, (sandbox) =>
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
