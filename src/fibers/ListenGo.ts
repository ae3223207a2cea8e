// Telling a runner that has registered by its token that it may listen for jobs.
//
// Answers for: that such a runner can have no job before its row says that it may listen. One that is given up earlier, as one
// whose start was never answered, is removed without a look at GitHub; later, removing its registration is the question
// whether it has a job. With a JIT configuration there is nothing to tell: its registration is known from the start.
// Gotcha: the start script says again and again that it is registered, so whoever takes the request over tells it again; what
// it has read once it does not read again.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { backoffSchedule } from "../domain/Backoff.ts"
import { hasTakenJob } from "../domain/RunnerRequest.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { SandboxAccess } from "../services/sandbox/SandboxTypes.ts"
import { goFile } from "../services/sandbox/StartScript.ts"
import type { RequestHandle } from "./RequestHandle.ts"

const schedule = backoffSchedule({ base: Duration.seconds(1), max: Duration.seconds(10) })
const retries = 8

const tell = Effect.fnUntraced(function* (access: SandboxAccess) {
  const sandboxes = yield* Sandboxes
  yield* sandboxes.writeFile(access, goFile.path, goFile.content).pipe(
    Effect.retry({ schedule, times: retries }),
    // It is replaced when it does not listen in time.
    Effect.catch((error) => Effect.logWarning("A runner could not be told to listen", error.message))
  )
})

/** Tells it in the current scope, and does not wait. */
export const letListen = Effect.fn("ListenGo.letListen")(function* (handle: RequestHandle, access: SandboxAccess) {
  const { readyAt, runnerId } = handle.current()
  if (runnerId !== null || readyAt !== null || hasTakenJob(handle.current())) return
  yield* handle.record({ _tag: "RunnerMayListen" })
  yield* tell(access).pipe(Effect.forkScoped)
})
