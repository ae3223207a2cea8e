// The sessions that the processes of a simulated life have with their one database, as PostgreSQL keeps them.
//
// Answers for: a session that is over at once when its process dies, one that others end while its process stands still, and the
// lead, which one session has until it is over. Who lives then is for NodeStore.ts to say, as on PostgreSQL.
// Gotcha: a process learns only when it goes on, and a little later than everything else that it missed, that its session was ended.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import type { NodeSession, Session } from "../../src/services/store/NodeSession.ts"
import type { Gate } from "./Gate.ts"

/** How much later, at most what a busy event loop takes. */
const learnsAfter = "200 millis"

interface Held {
  readonly lockKey: number
  readonly gate: Gate
  readonly ended: Deferred.Deferred<void>
}

export class SimulatedSessions {
  readonly #sql: SqlClient.SqlClient
  readonly #held = new Set<Held>()
  #leader: Held | undefined

  constructor(sql: SqlClient.SqlClient) {
    this.#sql = sql
  }

  #lasting(): ReadonlyArray<Held> {
    return [...this.#held].filter(({ gate }) => !gate.isDead)
  }

  /** The keys of the sessions that the process behind this gate has. */
  keysOf(gate: Gate): ReadonlyArray<number> {
    return this.#lasting().flatMap((held) => (held.gate === gate ? [held.lockKey] : []))
  }

  /** As the process behind this gate sees them. */
  of(gate: Gate): NodeSession["Service"] {
    const sql = this.#sql
    return {
      open: (lockKey) => this.#open(lockKey, gate),
      shared: {
        lasts: () =>
          sql.in(
            "lockKey",
            this.#lasting().map((held) => held.lockKey)
          ),
        leads: () => sql`lock_key = ${this.#leader?.lockKey ?? -1}`,
        end: (incarnations) =>
          sql<{ lockKey: number }>`SELECT lock_key FROM nodes WHERE ${sql.in("incarnation", incarnations)}`.pipe(
            Effect.map((rows) => {
              const keys = new Set(rows.map((row) => row.lockKey))
              for (const held of this.#held) if (keys.has(held.lockKey)) this.#end(held)
            })
          )
      }
    }
  }

  #end(held: Held): void {
    this.#held.delete(held)
    if (this.#leader === held) this.#leader = undefined
    Deferred.doneUnsafe(held.ended, Effect.void)
  }

  #open(lockKey: number, gate: Gate): Effect.Effect<Session, never, Scope.Scope> {
    const acquired = Effect.sync((): Held => {
      const held = { lockKey, gate, ended: Deferred.makeUnsafe<void>() }
      this.#held.add(held)
      return held
    })
    return Effect.acquireRelease(acquired, (held) => Effect.sync(() => this.#end(held))).pipe(
      Effect.map((held) => {
        let leads = false
        return {
          lost: gate.through(Deferred.await(held.ended)).pipe(Effect.andThen(Effect.sleep(learnsAfter))),
          lead: gate.through(
            Effect.sync(() => {
              if (this.#leader === undefined || this.#leader.gate.isDead) {
                if (this.#held.has(held)) this.#leader = held
              }
              leads ||= this.#leader === held
              return leads
            })
          )
        }
      })
    )
  }
}
