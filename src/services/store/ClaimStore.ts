// Who acts on which request: claiming queued ones within the caps, adopting what nobody alive owns.
//
// Answers for: one transaction that counts caps and limits (ClaimCandidates.ts) and takes the rows, so that no two
// claimers exceed them. Not for what the new owner does with a claim.
// Gotchas: who lives is asked inside that transaction: a node that began while this one waited for its turn would be taken
// for dead, and robbed of what it has just claimed. A claim whose commit was not answered may have taken place all the same.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { type ClaimRules, roomInAll, roomOfSpec } from "../../domain/Capacity.ts"
import { decide } from "../../domain/RequestLifecycle.ts"
import { runnerName, type RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { Step } from "../telemetry/RequestMetrics.ts"
import { readSpecCapacity } from "./CapacityRows.ts"
import { candidates, type CandidatesInput } from "./ClaimCandidates.ts"
import { heldBy, letGo, pending, resumable, waitingSpecs } from "./ClaimStatements.ts"
import { exclusively, instant } from "./Dialect.ts"
import { decodeRequests } from "./RequestRow.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"
import { makeTellSteps } from "./ToldSteps.ts"

/** `Provision`: fresh, now creating. `Resume`: in whatever state its last owner left it. */
export interface Claim {
  readonly kind: "Provision" | "Resume"
  readonly request: RunnerRequest
}

export interface ClaimInput extends Omit<CandidatesInput, "alive"> {
  /** The claiming node's incarnation. */
  readonly owner: string
  readonly instanceTag: string
  /** Incarnations that are alive. Without the claiming one among them nothing is taken. */
  readonly alive: Effect.Effect<ReadonlyArray<string>, StoreError>
  /** Whether to take over what others left outside. */
  readonly adopt: boolean
  /**
   * The requests that the claiming node works on, when it may hold others without knowing: those are taken again. Null: it
   * holds no others.
   */
  readonly workedOn: ReadonlySet<string> | null
}

export interface Claimed {
  readonly claims: ReadonlyArray<Claim>
  /** In how many milliseconds a limit or pace allows more; null: it is not what stands in the way. */
  readonly moreInMillis: number | null
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const tellSteps = yield* makeTellSteps

  const take = (ids: ReadonlyArray<string>, owner: string) =>
    sql`UPDATE runner_requests SET owner = ${owner}, fence = fence + 1
      WHERE ${sql.in("id", ids)} RETURNING *`.pipe(Effect.flatMap(decodeRequests))

  const provision = Effect.fnUntraced(function* (input: ClaimInput, ids: ReadonlyArray<string>, now: number) {
    const rows = yield* take(ids, input.owner)
    const claims: Array<Claim> = []
    const steps: Array<Step> = []
    const events: Array<Record<string, unknown>> = []
    for (const row of rows) {
      const name = runnerName(input.instanceTag, row.id, row.fence)
      const fact = { _tag: "Claimed", owner: input.owner, fence: row.fence, runnerName: name } as const
      const decision = decide(row, fact, now)
      if (decision._tag === "Ignored") continue
      const request = { ...row, ...decision.patch, updatedAt: now }
      claims.push({ kind: "Provision", request })
      steps.push({ before: row, fact, after: request })
      for (const event of decision.events) events.push({ requestId: row.id, at: now, ...event })
    }
    if (claims.length === 0) return claims
    // The rows differ only in their names, so one statement serves them all.
    const names = sql.join(" ", false)(claims.map(({ request }) => sql`WHEN ${request.id} THEN ${request.runnerName}`))
    yield* sql`UPDATE runner_requests SET status = 'creating', stage = 'sandbox_create', runner_name = CASE id ${names} END,
      sandbox_may_exist = 1, due_at = NULL, creating_at = ${instant(now)}, last_attempt_at = ${instant(now)}, updated_at = ${instant(now)}
      WHERE ${sql.in(
        "id",
        claims.map((claim) => claim.request.id)
      )}`
    yield* sql`INSERT INTO request_events ${sql.insert(events as never)}`
    yield* tellSteps(steps, now)
    return claims
  })

  return ClaimStore.of({
    pending: Effect.fn("ClaimStore.pending")(function* (alive: ReadonlyArray<string>, rules: ClaimRules) {
      const now = yield* clock.now
      const [row] = yield* pending(sql, alive, now)
      const found = row?.found ?? "nothing"
      if (found === "left" || found === "nothing") return found === "left"
      const capacity = yield* readSpecCapacity(sql, rules, now)
      if (roomInAll(capacity) === 0) return false
      // To be let into line, once, whatever room its spec has.
      if (found === "due") return true
      return (yield* waitingSpecs(sql)).some(({ specName }) => roomOfSpec(capacity, specName) > 0)
    }, asStoreError("pending")),
    claim: Effect.fn("ClaimStore.claim")(
      function* (input: ClaimInput) {
        const now = yield* clock.now
        const { adopt, owner, workedOn } = input
        const alive = yield* input.alive
        if (!alive.includes(owner)) return { claims: [], moreInMillis: null }
        const left = adopt ? yield* resumable(sql, alive, now) : []
        const forgotten = workedOn === null ? [] : (yield* heldBy(sql, owner)).filter(({ id }) => !workedOn.has(id))
        const resumeIds = [...left, ...forgotten].map(({ id }) => id)
        const resumed = resumeIds.length === 0 ? [] : yield* take(resumeIds, owner)
        const { ids, moreInMillis } = yield* candidates(sql, { ...input, alive }, now)
        const fresh = ids.length === 0 ? [] : yield* provision(input, ids, now)
        const claims = [...resumed.map((request): Claim => ({ kind: "Resume", request })), ...fresh]
        return { claims, moreInMillis }
      },
      exclusively(sql),
      asStoreError("claim")
    ),
    unheard: Effect.fn("ClaimStore.unheard")(function* (owner: string) {
      return yield* sql<{ id: string; factsVersion: number }>`SELECT id, facts_version FROM runner_requests
          WHERE facts_version > handled_version AND status <> 'completed' AND status <> 'failed' AND owner = ${owner}`
    }, asStoreError("unheard")),
    release: Effect.fn("ClaimStore.release")(function* (owner: string) {
      yield* letGo(sql, owner)
    }, asStoreError("release"))
  })
})

export class ClaimStore extends Context.Service<
  ClaimStore,
  {
    /**
     * Whether a claim could take anything, as far as can be told without keeping others from claiming: one statement when
     * nobody waits, and a few more when some do.
     */
    readonly pending: (alive: ReadonlyArray<string>, rules: ClaimRules) => Effect.Effect<boolean, StoreError>
    /** Takes all it may, oldest first, and raises each taken row's fence. After a failure it may have taken some all the same. */
    readonly claim: (input: ClaimInput) => Effect.Effect<Claimed, StoreError>
    /** What this incarnation holds and there is news about that its actors have not acted on. */
    readonly unheard: (
      owner: string
    ) => Effect.Effect<ReadonlyArray<{ readonly id: string; readonly factsVersion: number }>, StoreError>
    /** Gives up everything this incarnation holds, for others to adopt. */
    readonly release: (owner: string) => Effect.Effect<void, StoreError>
  }
>()("runnerd/services/store/ClaimStore") {
  static readonly layer = Layer.effect(ClaimStore, make)
}
