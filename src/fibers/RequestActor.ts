// The actor of one request: what a fiber does with a claimed row until it has nothing more to do for it.
//
// Answers for: choosing the next piece of work from the row's status alone, so that a request taken over after a
// crash goes on where its row says, whoever wrote it. The pieces are Provisioning, Watching and CleanUp.
// Gotcha: it is the only writer of the row. LeaseLost ends it at once and without touching the outside.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Queue from "effect/Queue"
import { jobHeld } from "../domain/Demand.ts"
import type { Claim } from "../services/store/ClaimStore.ts"
import { RequestStore } from "../services/store/RequestStore.ts"
import { doneFor } from "../services/telemetry/Traces.ts"
import { cleanUp } from "./CleanUp.ts"
import { abandonProvisioning } from "./Interrupted.ts"
import { Permits } from "./Permits.ts"
import { provision } from "./Provisioning.ts"
import * as Handle from "./RequestHandle.ts"
import { factsBeforeSandbox } from "./VerdictFacts.ts"
import { type Started, watch } from "./Watching.ts"

/** A queued request about which there is news: over before it began, or back in line. */
const considerQueued = (handle: Handle.RequestHandle) =>
  handle.judge((verdict) => {
    const over = factsBeforeSandbox(verdict, handle.current())
    if (over.length > 0) return over
    return [{ _tag: "Released", due: verdict._tag === "Wanted" && handle.current().lastErrorCode === jobHeld.code }]
  })

const nextWork = Effect.fnUntraced(function* (handle: Handle.RequestHandle) {
  switch (handle.current().status) {
    case "queued":
      yield* considerQueued(handle)
      return
    case "creating":
      yield* abandonProvisioning(handle)
      return
    case "running":
      yield* watch(handle, Option.none())
      return
    case "stopping":
      yield* cleanUp(handle)
      return
    default:
      return
  }
})

const advance = (handle: Handle.RequestHandle) => Effect.suspend(() => doneFor(handle.current())(nextWork(handle)))

/** Provisions and follows in one scope, because the stream that provisioning opens is what watching reads. */
const provisionAndWatch = Effect.fnUntraced(function* (handle: Handle.RequestHandle) {
  const permits = yield* Permits
  const provisioning = doneFor(handle.current())(provision(handle))
  const started: Option.Option<Started> = yield* permits.withPermit(handle.current().specName ?? "")(provisioning)
  if (Option.isSome(started)) yield* doneFor(handle.current())(watch(handle, started))
}, Effect.scoped)

/** Ends when the request is finished, given up, or lost to another owner. Fails only when the store fails. */
export const run = Effect.fnUntraced(function* (claim: Claim, mailbox: Queue.Queue<Handle.Signal>) {
  const handle = Handle.make(yield* RequestStore, claim.request, mailbox)
  yield* Effect.gen(function* () {
    if (claim.kind === "Provision") yield* provisionAndWatch(handle)
    else if (claim.request.status === "running") {
      yield* handle.record({ _tag: "Noted", code: "adopted", message: "Another process follows the runner from here." })
    }
    while (handle.held()) yield* advance(handle)
  }).pipe(Effect.catchTag("LeaseLost", () => Effect.logWarning("Another owner has this request; leaving it alone")))
})
