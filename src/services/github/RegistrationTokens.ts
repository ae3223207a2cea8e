// Registration tokens for `config.sh`, shared by all runners of a target.
//
// Answers for: one call per target however many runners start at once, re-use while more than 30 minutes of
// GitHub's 60 remain, and forgetting a token that a runner was refused with (E-91). No token is given for a GitHub runner
// group that the repository may not use: config.sh would fail in the sandbox, or the runner never get a job.
// Gotcha: whoever has the token can register runners for the whole repository or organisation.
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { key, type RunnerTarget } from "../../domain/RunnerTarget.ts"
import type { GitHubCalls } from "./GitHubCalls.ts"
import type { RunnerGroups } from "./RunnerGroups.ts"
import { repositoryOf, runnersRoute } from "./Runners.ts"

const operation = "registrationToken"

const Token = Schema.Struct({
  token: Schema.RedactedFromValue(Schema.NonEmptyString),
  expires_at: Schema.DateTimeUtcFromString
})

const mustRemain = Duration.toMillis("30 minutes")

export const makeRegistrationTokens = Effect.fnUntraced(function* (calls: GitHubCalls, groups: RunnerGroups) {
  const decodeToken = calls.decode(operation, Token)
  // An organisation's token is asked for in the name of whichever of its repositories came last.
  const targets = new Map<string, RunnerTarget>()

  const fetchToken = Effect.fnUntraced(function* (target: RunnerTarget) {
    const route = runnersRoute(target)
    const answer = yield* calls.call(repositoryOf(target), {
      operation,
      route: `POST ${route.prefix}/registration-token`,
      path: route.path
    })
    const token = yield* decodeToken(answer.data)
    const lifeMillis = DateTime.toEpochMillis(token.expires_at) - (yield* Clock.currentTimeMillis)
    return { value: token.token, reusableMillis: Math.max(lifeMillis - mustRemain, 0) }
  })

  const tokens = yield* Cache.makeWith(
    (targetKey: string): ReturnType<typeof fetchToken> => {
      const target = targets.get(targetKey)
      return target === undefined ? Effect.die(`no target ${targetKey}`) : fetchToken(target)
    },
    {
      capacity: 10_000,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.millis(exit.value.reusableMillis) : Duration.zero)
    }
  )

  const registrationToken = Effect.fn("GitHub.registrationToken")(function* (
    target: RunnerTarget,
    runnerGroup: string | null
  ) {
    yield* groups.idOf(target, runnerGroup)
    targets.set(key(target), target)
    return (yield* Cache.get(tokens, key(target))).value
  })

  const forgetRegistration = Effect.fn("GitHub.forgetRegistration")(function* (
    target: RunnerTarget,
    runnerGroup: string | null
  ) {
    yield* Cache.invalidate(tokens, key(target))
    yield* groups.forget(target, runnerGroup)
  })

  return { registrationToken, forgetRegistration }
})
