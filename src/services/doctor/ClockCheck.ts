// Whether this machine's clock is right, by what GitHub and E2B say the time is.
//
// Gotcha: the header Date has whole seconds, and the answer was on its way: what is within that is no difference.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { fail, type Line, ok, warn } from "../../domain/Finding.ts"
import type { RunnerdConfig } from "../config/RunnerdConfig.ts"
import type { Check } from "./Examination.ts"

/** Above this, times in lists and logs mislead. */
const noticeable = 5_000
/** Above this, GitHub refuses the App's tokens (Octokit then corrects itself, call by call), and certificates may seem over. */
const harmful = 60_000

const seconds = (millis: number) => Math.round(millis / 1000)

/** `ahead`: of the other clock, in milliseconds. */
export const clockLine = (who: string, ahead: number): Line => {
  const off = Math.abs(ahead)
  if (off < noticeable) return ok(`This machine's clock agrees with ${who}'s.`)
  const message = `This machine's clock is ${seconds(off)} s ${ahead > 0 ? "ahead of" : "behind"} ${who}'s.`
  const advice = "Set the clock, and keep it right with NTP (timedatectl set-ntp true)."
  return off < harmful ? warn(message, advice) : fail(message, advice)
}

const ask = Effect.fnUntraced(
  function* (who: string, url: string, limit: Duration.Duration) {
    const before = yield* Clock.currentTimeMillis
    // Any answer tells the time, a refusal too.
    const date = yield* Effect.tryPromise((signal) =>
      fetch(url, { signal, redirect: "manual" }).then(async (response) => {
        await response.body?.cancel()
        return response.headers.get("date")
      })
    ).pipe(Effect.timeout(limit))
    const after = yield* Clock.currentTimeMillis
    const theirs = date === null ? Number.NaN : Date.parse(date)
    if (Number.isNaN(theirs))
      return warn(`${who} does not say what time it is.`, "See whether something stands in between.")
    // Theirs is somewhere in that second, ours somewhere between both.
    const ahead = before > theirs + 1000 ? before - (theirs + 1000) : after < theirs ? after - theirs : 0
    return clockLine(who, ahead)
  },
  (self, who) =>
    Effect.catchCause(self, () =>
      Effect.succeed(
        warn(`${who} could not be asked for the time.`, `See to ${who === "E2B" ? "e2b_key" : "github_auth"} first.`)
      )
    )
)

export const clockCheck = ({ e2b, github }: RunnerdConfig): Check => ({
  name: "clock",
  run: Effect.all(
    [
      ask("GitHub", `${github.apiBaseUrl}/rate_limit`, e2b.apiTimeout),
      ask("E2B", `${e2b.apiUrl}/health`, e2b.apiTimeout)
    ],
    { concurrency: 2 }
  )
})
