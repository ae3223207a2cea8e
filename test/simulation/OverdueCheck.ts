// Whether whoever is to act next on a request does so in time: the promise's check while a life goes on.
//
// Answers for: comparing each row with `domain/NextActor.ts`, on which nothing in runnerd itself relies. Not for queued requests
// that nobody holds: those may wait for room as long as there is none.
import { type Bounds, nextActor } from "../../src/domain/NextActor.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"

/** A look at the database, a lost wake-up, the scheduling of fibers. */
const slackMillis = 60_000

/** What is overdue. `isAlive`: whether this incarnation lives. */
export const overdue = (
  requests: ReadonlyArray<RunnerRequest>,
  now: number,
  bounds: Bounds,
  isAlive: (owner: string) => boolean
): ReadonlyArray<string> =>
  requests.flatMap((request) => {
    const next = nextActor(request, now, bounds, isAlive)
    if (next.who === "nobody") return []
    if (next.who === "owner") {
      if (next.at + slackMillis >= now) return []
      return [`request ${request.id} (${request.status}) is ${(now - next.at) / 1000} s late: ${next.because}`]
    }
    const since = Math.max(request.cleanupDueAt ?? 0, request.updatedAt)
    if (request.status === "queued" || since + 2 * slackMillis >= now) return []
    return [`request ${request.id} (${request.status}) is nobody's for ${(now - since) / 1000} s: ${next.because}`]
  })
