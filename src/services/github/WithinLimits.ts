// A call to GitHub that is not made while GitHub has told us to wait.
//
// Answers for: asking before each call, and passing on what each answer says of limits. Not for keeping it
// (store/ProviderLimits.ts). Whatever a call needs on the way, a token or the installation, is part of it.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Remaining } from "../../domain/CallLimit.ts"
import { GitHubError } from "../../domain/GitHubError.ts"
import type { Answer, CallSpec } from "./GitHubTransport.ts"
import type { Caller, CallLimits } from "./GitHubTypes.ts"

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : undefined

const remainingOf = (headers: Answer["headers"]): Remaining | undefined => {
  const limit = wholeNumber(headers["x-ratelimit-limit"])
  const remaining = wholeNumber(headers["x-ratelimit-remaining"])
  const reset = wholeNumber(headers["x-ratelimit-reset"])
  return limit === undefined || remaining === undefined || reset === undefined
    ? undefined
    : { limit, remaining, resetAtMillis: reset * 1000 }
}

export const withinLimits = Effect.fnUntraced(function* (
  limits: CallLimits | undefined,
  caller: Caller,
  { operation, points }: Pick<CallSpec, "operation" | "points">,
  ask: Effect.Effect<Answer, GitHubError>
): Effect.fn.Return<Answer, GitHubError> {
  if (limits === undefined) return yield* ask
  const hold = yield* limits.held(caller)
  if (hold !== null) return yield* new GitHubError({ operation, reason: hold })
  const startedAt = yield* Clock.currentTimeMillis
  const spent = points === undefined ? Effect.void : limits.spent(caller, points)
  return yield* Effect.ensuring(ask, spent).pipe(
    Effect.tapError((error) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => limits.refused(caller, error, now - startedAt))
    ),
    Effect.tap((answer) => {
      const left = remainingOf(answer.headers)
      return left === undefined ? Effect.void : limits.remaining(caller, left)
    })
  )
})
