// Which queued requests may be provisioned now.
//
// Answers for: obeying the rules of domain/Capacity.ts in the claim's own transaction; a spec at its cap and an account that
// GitHub holds are skipped whole and cost no write. Not for the order (Turns.ts) nor for taking the rows (ClaimStore.ts).
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import * as CallLimit from "../../domain/CallLimit.ts"
import {
  accountOpensAt,
  type Capacity,
  type ClaimRules,
  roomForCreates,
  roomInAll,
  roomOfAccount,
  roomOfSpec
} from "../../domain/Capacity.ts"
import { spend } from "../../domain/Pace.ts"
import { readCapacity } from "./CapacityRows.ts"
import { type Candidate, letIn, waitingOf, waitingSpecs } from "./ClaimStatements.ts"
import { deal, saveSpecTurns, specTurns } from "./Turns.ts"
import { forgetPoints, savePace } from "./LimitRows.ts"

type Sql = SqlClient.SqlClient

export interface CandidatesInput {
  /** Incarnations that are alive, the claiming one included. */
  readonly alive: ReadonlyArray<string>
  /** How many provisionings this node can begin for a spec now; asked once per spec that has waiting requests. */
  readonly room: (specName: string) => number
  /** How many provisionings this node can begin in all. */
  readonly roomInAll: number
  readonly rules: ClaimRules
}

export interface Candidates {
  readonly ids: ReadonlyArray<string>
  /** In how many milliseconds a limit or pace allows more; null: it is not what stands in the way. */
  readonly moreInMillis: number | null
}

const earliest = (...moments: ReadonlyArray<number | null>): number | null =>
  moments.reduce((first, at) => (first === null || (at !== null && at < first) ? at : first), null)

/** What this claim begins, by account; `full`: accounts with nothing left, which are not asked for. */
const accountsOf = (capacity: Capacity) => {
  const { counted, holds, pointsPerRunner, spent } = capacity
  const begun = new Map<string, number>()
  const isFull = (scope: string) => roomOfAccount(capacity, scope, begun.get(scope)) === 0
  const full = () => [...new Set([...holds.keys(), ...spent.keys(), ...begun.keys()])].filter(isFull)
  return {
    full,
    /** When the first of those that are full has room again; null: nobody knows. */
    openAt: () => earliest(...full().map((scope) => accountOpensAt(capacity, scope))),
    take: (repository: string) => {
      const scope = CallLimit.scopeOf(counted, repository)
      if (isFull(scope)) return false
      if (pointsPerRunner > 0) begun.set(scope, (begun.get(scope) ?? 0) + pointsPerRunner)
      return true
    }
  }
}

/** Chooses, and counts what it chose as begun at E2B's pace. GitHub's points are set aside for what has been claimed. */
export const candidates = Effect.fnUntraced(function* (sql: Sql, input: CandidatesInput, now: number) {
  const chosen = (ids: ReadonlyArray<string>, nextAt: number | null): Candidates => ({
    ids,
    moreInMillis: nextAt === null ? null : Math.max(0, nextAt - now)
  })
  const capacity = yield* readCapacity(sql, input.rules, now)
  const ours = Math.min(input.roomInAll, roomInAll(capacity))
  if (ours <= 0) return chosen([], null)
  const creates = roomForCreates(capacity)
  const left = Math.min(ours, creates.room)
  if (left <= 0) return chosen([], creates.nextAt)
  yield* letIn(sql, input.alive, now)
  const waiting = yield* waitingSpecs(sql)
  if (waiting.length === 0) return chosen([], null)
  const accounts = accountsOf(capacity)
  if (capacity.counted === "all together" && accounts.full().length > 0) return chosen([], accounts.openAt())
  const queues = new Map<string, ReadonlyArray<Candidate>>()
  for (const { specName } of waiting) {
    const most = Math.min(left, roomOfSpec(capacity, specName), input.room(specName))
    if (most > 0) queues.set(specName, yield* waitingOf(sql, specName, input.alive, accounts.full(), most))
  }
  if ([...queues.values()].every((queue) => queue.length === 0)) return chosen([], accounts.openAt())
  let passedOver = false
  const dealt = deal(queues, yield* specTurns(sql), left, ({ repository }) => {
    const taken = accounts.take(repository)
    passedOver ||= !taken
    return taken
  })
  const ids = dealt.chosen.map(({ id }) => id)
  if (ids.length > 0) {
    yield* saveSpecTurns(sql, dealt.after)
    const bucket = spend(capacity.createsPerSecond, capacity.creates.bucket, now, ids.length)
    if (bucket !== capacity.creates.bucket) yield* savePace(sql, bucket)
    if (capacity.pointsPerRunner > 0) yield* forgetPoints(sql, now)
  }
  // An account that became full on the way has hidden others behind it: they are found at the next look.
  if (passedOver && ids.length > 0) return chosen(ids, now)
  return chosen(ids, ids.length < creates.room ? accounts.openAt() : creates.nextAt)
})
