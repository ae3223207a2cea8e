// Registering one runner at GitHub, by JIT configuration or by token.
//
// Answers for: what the start script is given. Not for when a runner may register by its token (RegistrationGo.ts).
import * as Effect from "effect/Effect"
import { ofRequest as targetOf, registrationUrl } from "../domain/RunnerTarget.ts"
import { Config } from "../services/config/Config.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { serverUrl } from "../services/github/GitHubServer.ts"
import type { StartMode } from "../services/sandbox/StartScript.ts"
import type { RequestHandle } from "./RequestHandle.ts"

/** `runnerId`: known with a JIT configuration only. */
export const register = Effect.fn("Registration.register")(function* (handle: RequestHandle) {
  const github = yield* GitHub
  const config = yield* Config
  const { id, labels, repository, runnerGroup, runnerName } = handle.current()
  const target = targetOf(repository, runnerGroup)
  if (config.github.registrationMode === "token") {
    const mode: StartMode = {
      _tag: "Token",
      url: registrationUrl(target, serverUrl(config.github.apiBaseUrl)),
      token: yield* github.registrationToken(target, runnerGroup),
      labels,
      runnerGroup
    }
    return { mode, runnerId: null }
  }
  const jit = yield* github.createJitConfig(target, { runnerName: runnerName ?? id, labels, runnerGroup })
  const mode: StartMode = { _tag: "Jit", encodedJitConfig: jit.encodedJitConfig }
  return { mode, runnerId: jit.runnerId }
})

/** A runner was refused, or was given no job: the next one of its target does not rely on what was true before. */
export const forgetRegistration = Effect.fn("Registration.forget")(function* (handle: RequestHandle) {
  const { repository, runnerGroup } = handle.current()
  yield* (yield* GitHub).forgetRegistration(targetOf(repository, runnerGroup), runnerGroup)
})
