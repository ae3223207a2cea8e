// Telling a sandbox that its runner may register.
//
// Answers for: that a runner registers by token only when its process is known to us. Until then nothing can give it a job, so a sandbox
// whose start was never answered can be removed without a look at GitHub. With a JIT configuration there is nothing to tell: its
// registration is known from the start, and removing that is the question whether it has a job.
// Gotcha: uploaded again by whoever takes the request over; what the script has read once it does not read again.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { backoffSchedule } from "../domain/Backoff.ts"
import { hasTakenJob } from "../domain/RunnerRequest.ts"
import { Config } from "../services/config/Config.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { SandboxAccess } from "../services/sandbox/SandboxTypes.ts"
import { goFile } from "../services/sandbox/StartScript.ts"
import type { RequestHandle } from "./RequestHandle.ts"

const schedule = backoffSchedule({ base: Duration.seconds(1), max: Duration.seconds(10) })
const retries = 8

/** Never fails: a runner that is not told is replaced when it does not listen in time. */
export const allowRegistration = Effect.fn("RegistrationGo.allow")(function* (
  handle: RequestHandle,
  access: SandboxAccess
) {
  const { github } = yield* Config
  const request = handle.current()
  if (github.registrationMode !== "token" || request.readyAt !== null || hasTakenJob(request)) return
  const sandboxes = yield* Sandboxes
  yield* sandboxes.writeFile(access, goFile.path, goFile.content).pipe(
    Effect.retry({ schedule, times: retries }),
    Effect.catch((error) => Effect.logWarning("A runner could not be told to register", error.message)),
    Effect.annotateLogs({ request: handle.id })
  )
})
