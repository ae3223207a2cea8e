// What E2B and GitHub told us to wait for, shared by all nodes through the database.
//
// Answers for: keeping it, and for telling it before a call is made. What follows from a refusal is decided in
// domain/CreateLimit.ts and domain/CallLimit.ts; claims obey it inside their transaction (ClaimCandidates.ts).
// Gotcha: between a refusal and its commit other fibers of this process would call on, so it is known here at once.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as SqlClient from "effect/sql/SqlClient"
import * as CallLimit from "../../domain/CallLimit.ts"
import * as CreateLimit from "../../domain/CreateLimit.ts"
import type { GitHubErrorReason } from "../../domain/GitHubError.ts"
import type { ReasonCode } from "../../domain/ReasonCode.ts"
import { Wakeup } from "../Wakeup.ts"
import { exclusively } from "./Dialect.ts"
import * as GroupCommit from "./GroupCommit.ts"
import {
  callLimitOf,
  confirmedSandboxes,
  createLimit,
  createScope,
  saveClaimsHold,
  saveRefusal,
  spendPoints
} from "./LimitRows.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** Nothing may be asked before `until` (epoch milliseconds); why, as its disposition says it. */
export interface Hold {
  readonly until: number
  readonly code: ReasonCode
  readonly message: string
}

const holdOf = ({ code, message, openAt }: Pick<CallLimit.CallLimit, "openAt" | "code" | "message">, now: number) =>
  openAt === null || openAt <= now || code === null
    ? null
    : ({ until: openAt, code, message: message ?? "" } satisfies Hold)

const maxBatch = 200

interface Spending {
  readonly scope: string
  readonly points: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** Those that write several rows in one order never wait for each other in a ring. */
const inOneOrder = (a: Spending, b: Spending) => (a.scope < b.scope ? -1 : a.scope > b.scope ? 1 : a.at - b.at)

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const wakeup = yield* Wakeup
  const heldHere = new Map<string, Hold>()
  // Each runner's registration waits for this write: those that are registered together share a commit.
  const spend = yield* GroupCommit.make({
    maxBatch,
    decides: false,
    write: (spendings: ReadonlyArray<Spending>) =>
      Effect.as(
        Effect.forEach(spendings.toSorted(inOneOrder), ({ at, points, scope }) => spendPoints(sql, scope, points, at)),
        spendings.map(() => undefined)
      )
  })

  return ProviderLimits.of({
    callsHeld: Effect.fn("ProviderLimits.callsHeld")(function* (scope: string) {
      const now = yield* clock.now
      const here = heldHere.get(scope)
      if (here !== undefined && here.until > now) return here
      heldHere.delete(scope)
      return holdOf(yield* callLimitOf(sql, scope), now)
    }, asStoreError("callsHeld")),

    callRefused: Effect.fn("ProviderLimits.callRefused")(function* (scope, reason, { tookMillis, ...words }) {
      const now = yield* clock.now
      const refusal = { ...words, startedAt: now - tookMillis }
      const here = CallLimit.afterRefusal(CallLimit.unlimited, reason, refusal, now)
      if (here === null) return
      heldHere.set(scope, { until: here.openAt ?? now, code: refusal.code, message: refusal.message })
      yield* Effect.gen(function* () {
        const limit = CallLimit.afterRefusal(yield* callLimitOf(sql, scope), reason, refusal, now)
        if (limit !== null) yield* saveRefusal(sql, scope, limit)
      }).pipe(exclusively(sql))
    }, asStoreError("callRefused")),

    spent: Effect.fn("ProviderLimits.spent")(function* (scope: string, points: number) {
      yield* spend({ scope, points, at: yield* clock.now })
    }, asStoreError("spent")),

    remaining: Effect.fn("ProviderLimits.remaining")(function* (scope: string, left: CallLimit.Remaining) {
      const until = CallLimit.claimsHeldBy(left, yield* clock.now)
      if (until === null || (yield* callLimitOf(sql, scope)).claimsOpenAt === until) return
      yield* saveClaimsHold(sql, scope, until)
    }, asStoreError("remaining")),

    createsHeld: Effect.fn("ProviderLimits.createsHeld")(function* () {
      return holdOf(yield* createLimit(sql), yield* clock.now)
    }, asStoreError("createsHeld")),

    createRefused: Effect.fn("ProviderLimits.createRefused")(
      function* (refusal) {
        const existing = yield* confirmedSandboxes(sql)
        const random = yield* Random.next
        const limit = CreateLimit.afterRefusal(yield* createLimit(sql), refusal, existing, yield* clock.now, random)
        yield* saveRefusal(sql, createScope, limit)
      },
      exclusively(sql),
      asStoreError("createRefused")
    ),

    createSucceeded: Effect.fn("ProviderLimits.createSucceeded")(function* () {
      // Nearly always there is nothing to unlearn: looked at without a transaction, written in one.
      const before = yield* createLimit(sql)
      if (before.ceiling === null && before.refusals === 0) return
      yield* Effect.gen(function* () {
        const limit = CreateLimit.afterSuccess(
          yield* createLimit(sql),
          yield* confirmedSandboxes(sql),
          yield* clock.now
        )
        if (limit === null) return
        yield* saveRefusal(sql, createScope, limit)
        yield* sql.afterCommit(wakeup.notify({ requestIds: [], newRequests: true }))
      }).pipe(exclusively(sql))
    }, asStoreError("createSucceeded"))
  })
})

export class ProviderLimits extends Context.Service<
  ProviderLimits,
  {
    /** Why GitHub must not be called for this scope (CallLimit.scopeOf) now. */
    readonly callsHeld: (scope: string) => Effect.Effect<Hold | null, StoreError>
    /** GitHub failed a call; kept when it was for a limit. */
    readonly callRefused: (
      scope: string,
      reason: GitHubErrorReason,
      refusal: { readonly code: ReasonCode; readonly message: string; readonly tookMillis: number }
    ) => Effect.Effect<void, StoreError>
    /** GitHub has heard a call that costs so many of a minute's points. */
    readonly spent: (scope: string, points: number) => Effect.Effect<void, StoreError>
    /** What GitHub says is left of the hour; kept when so little that nothing more may be begun. */
    readonly remaining: (scope: string, left: CallLimit.Remaining) => Effect.Effect<void, StoreError>
    /** Why E2B must not be asked for a sandbox now. */
    readonly createsHeld: () => Effect.Effect<Hold | null, StoreError>
    readonly createRefused: (refusal: CreateLimit.CreateRefusal) => Effect.Effect<void, StoreError>
    /** A sandbox was created, and its request says so. */
    readonly createSucceeded: () => Effect.Effect<void, StoreError>
  }
>()("runnerd/services/store/ProviderLimits") {
  static readonly layer = Layer.effect(ProviderLimits, make)
}
