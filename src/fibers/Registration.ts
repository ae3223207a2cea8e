// Registering one runner at GitHub, by JIT configuration or by token.
//
// Answers for: what the start script is given, and for a name that GitHub has already (409): within the same attempt its
// runner is removed unless it works, and ours gets another name. Not for when a runner that registers by its token
// may listen (ListenGo.ts).
// Gotchas: a name is taken when an answer was lost on the way to us. The other name is in the row before GitHub hears it,
// because events and clean-up find the runner by it; a runner that is left under the first name is the sweep's.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { nextRunnerName } from "../domain/RunnerRequest.ts"
import { ofRequest as targetOf, registrationUrl, type RunnerTarget } from "../domain/RunnerTarget.ts"
import { Config } from "../services/config/Config.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { serverUrl } from "../services/github/GitHubServer.ts"
import type { StartMode } from "../services/sandbox/StartScript.ts"
import type { RequestHandle } from "./RequestHandle.ts"

const makeWay = Effect.fnUntraced(function* (handle: RequestHandle, target: RunnerTarget, taken: string) {
  const github = yield* GitHub
  const there = yield* github.findRunner(target, taken)
  if (Option.isSome(there)) {
    yield* github
      .deleteRunner(target, there.value.id)
      .pipe(Effect.catchReason("GitHubError", "RunnerBusy", () => Effect.succeed(false)))
  }
  yield* handle.record({ _tag: "RunnerRenamed", runnerName: nextRunnerName(taken) })
})

const byJit = Effect.fnUntraced(function* (handle: RequestHandle, target: RunnerTarget) {
  const github = yield* GitHub
  const ask = Effect.suspend(() => {
    const { id, labels, runnerGroup, runnerName } = handle.current()
    return github.createJitConfig(target, { runnerName: runnerName ?? id, labels, runnerGroup })
  })
  const { encodedJitConfig, runnerId } = yield* ask.pipe(
    Effect.catchReason("GitHubError", "RunnerNameTaken", ({ runnerName }) =>
      Effect.andThen(makeWay(handle, target, runnerName), ask)
    )
  )
  const mode: StartMode = { _tag: "Jit", encodedJitConfig }
  return { mode, runnerId }
})

const byToken = Effect.fnUntraced(function* (handle: RequestHandle, target: RunnerTarget) {
  const { apiBaseUrl } = (yield* Config).github
  const { labels, runnerGroup } = handle.current()
  const token = yield* (yield* GitHub).registrationToken(target, runnerGroup)
  handle.registeredWith(token)
  const url = registrationUrl(target, serverUrl(apiBaseUrl))
  const mode: StartMode = { _tag: "Token", url, token, labels, runnerGroup }
  return { mode, runnerId: null }
})

const target = (handle: RequestHandle) => targetOf(handle.current().repository, handle.current().runnerGroup)

/** `runnerId`: known with a JIT configuration only. */
export const register = Effect.fn("Registration.register")(function* (handle: RequestHandle) {
  const { registrationMode } = (yield* Config).github
  return yield* registrationMode === "token" ? byToken(handle, target(handle)) : byJit(handle, target(handle))
})

/** A runner was refused, or was given no job: the next one of its target does not rely on what was true before. */
export const forgetRegistration = Effect.fn("Registration.forget")(function* (handle: RequestHandle) {
  yield* (yield* GitHub).forgetRegistration(target(handle), handle.current().runnerGroup)
})
