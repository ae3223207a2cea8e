// How long GitHub does not want to hear from us, and how many runners may be registered meanwhile.
//
// Answers for: whose limit a call counts against, and what follows from a refusal and from what GitHub says is left.
// Numbers: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
// Gotcha: an installation is known by the account it belongs to, because an App has one per account: so it has a name
// before it is looked up, and a claim knows it from the repository alone.
import * as Duration from "effect/Duration"
import { delayOf } from "./Backoff.ts"
import type { GitHubErrorReason } from "./GitHubError.ts"
import type { ReasonCode } from "./ReasonCode.ts"
import { ownerOf } from "./RepositoryName.ts"

export interface CallLimit {
  /** No call before this moment. */
  readonly openAt: number | null
  readonly code: ReasonCode | null
  readonly message: string | null
  readonly refusedAt: number | null
  readonly refusals: number
  /** Nothing is begun before this moment: what GitHub still allows is kept for looks and deletions. */
  readonly claimsOpenAt: number | null
}

export const unlimited: CallLimit = {
  openAt: null,
  code: null,
  message: null,
  refusedAt: null,
  refusals: 0,
  claimsOpenAt: null
}

/** Who is counted: each installation of the App for itself, or whoever owns the one token. */
export type Counted = "each account" | "all together"

/** What the App asks in its own name: where it is installed, and what became of its webhooks. Holds up no runner. */
export const appScope = "github-app"

/** `account`: the login of a repository's owner. */
export const scopeOfAccount = (counted: Counted, account: string): string =>
  counted === "all together" ? "github" : `github:${account.toLowerCase()}`

export const scopeOf = (counted: Counted, repository: string): string => scopeOfAccount(counted, ownerOf(repository))

/** GitHub's points for a call that writes; a registration by JIT configuration is one. */
export const pointsOfWrite = 5

/**
 * Points of registrations within any `pointsWindowMillis`. GitHub allows 900; one registration is kept back, for a name
 * that turns out to be taken. A call counts from its answer on, which is never before GitHub counted it, and is
 * set aside for from the claim on: so the window needs no margin for calls that are quicker than those before them.
 */
export const pointsPerWindow = 895
export const pointsWindowMillis = 60_000

/** Of what GitHub allows in an hour, this share is kept for looks and deletions. */
const keptShare = 0.1

const withoutHint = { base: Duration.minutes(1), max: Duration.minutes(15) }

/** A hold is long over, and the next refusal is a first one. */
const forgottenAfter = 5 * 60_000

/** Whatever our clock says of GitHub's: shorter waits would be a loop. */
const shortestWait = 1000

/** GitHub's word on what is left for the hour. */
export interface Remaining {
  readonly limit: number
  readonly remaining: number
  readonly resetAtMillis: number
}

/** What a refused call teaches; null: it was not refused for a limit. `startedAt`: when it was sent. */
export const afterRefusal = (
  limit: CallLimit,
  reason: GitHubErrorReason,
  refusal: { readonly code: ReasonCode; readonly message: string; readonly startedAt: number },
  now: number
): CallLimit | null => {
  if (reason._tag !== "PrimaryRateLimited" && reason._tag !== "SecondaryRateLimited") return null
  const fresh = limit.refusedAt === null || now - (limit.openAt ?? limit.refusedAt) > forgottenAfter
  const another = limit.refusedAt === null || refusal.startedAt > limit.refusedAt
  const refusals = fresh ? 1 : another ? limit.refusals + 1 : limit.refusals
  const asked =
    reason._tag === "PrimaryRateLimited"
      ? reason.resetAtMillis
      : reason.retryAfterSeconds === undefined
        ? undefined
        : now + reason.retryAfterSeconds * 1000
  // GitHub: at least a minute, and exponentially longer each time.
  const until = asked === undefined ? now + delayOf(withoutHint, refusals - 1, 0) : Math.max(asked, now + shortestWait)
  return {
    ...limit,
    openAt: Math.max(limit.openAt ?? 0, until),
    code: refusal.code,
    message: refusal.message,
    refusedAt: now,
    refusals
  }
}

/** Until when nothing more may be begun, by what GitHub says is left; null: go on. */
export const claimsHeldBy = (left: Remaining, now: number): number | null =>
  left.remaining <= left.limit * keptShare && left.resetAtMillis > now ? left.resetAtMillis : null
