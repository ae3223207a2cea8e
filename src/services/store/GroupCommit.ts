// Writes that arrive together share one transaction, and each caller is answered after its commit.
//
// Answers for: batching, and for one poisoned write not spoiling its neighbours: when a batch fails, its
// writes are redone one by one, so that only the guilty one fails. A batch that fails because the database does not
// answer fails whole: each of its writes would wait for the lock in turn, and a wait for SQLite's freezes the process.
// Gotcha: a caller that is interrupted has still submitted its write; it takes place.
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { exclusively } from "./Dialect.ts"

interface Submission<I, A, E> {
  readonly input: I
  readonly answer: Deferred.Deferred<A, E | SqlError>
}

const isUnanswered = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some(
    (reason) =>
      Cause.isFailReason(reason) &&
      isSqlError(reason.error) &&
      (reason.error.reason._tag === "LockTimeoutError" || reason.error.reason._tag === "ConnectionError")
  )

/**
 * Starts the committing fiber in the current scope. `write` gets the inputs of one batch in order of arrival
 * and must answer each, in that order; it runs inside the transaction.
 */
export const make = Effect.fnUntraced(function* <I, A, E>(options: {
  readonly maxBatch: number
  /** Whether a batch reads in order to decide what it writes. */
  readonly decides: boolean
  readonly write: (inputs: ReadonlyArray<I>) => Effect.Effect<ReadonlyArray<A>, E | SqlError>
}): Effect.fn.Return<(input: I) => Effect.Effect<A, E | SqlError>, never, SqlClient.SqlClient | Scope.Scope> {
  const sql = yield* SqlClient.SqlClient
  const transaction = options.decides ? exclusively(sql) : sql.withTransaction
  const queue = yield* Queue.unbounded<Submission<I, A, E>>()

  const answerAll = (
    batch: ReadonlyArray<Submission<I, A, E>>,
    exitOf: (index: number) => Exit.Exit<A, E | SqlError>
  ) => {
    batch.forEach((submission, index) => {
      Deferred.doneUnsafe(submission.answer, exitOf(index))
    })
  }

  /** Gives the cause when it is one that every other write would meet, too. */
  const commit = (batch: ReadonlyArray<Submission<I, A, E>>): Effect.Effect<Cause.Cause<E | SqlError> | undefined> =>
    Effect.suspend(() => {
      let writing = false
      const write = Effect.suspend(() => {
        writing = true
        return options.write(batch.map((submission) => submission.input))
      }).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            writing = false
          })
        )
      )
      return transaction(write).pipe(
        Effect.matchCauseEffect({
          onSuccess: (answers) => {
            answerAll(batch, (index) => Exit.succeed(answers[index]!))
            return Effect.succeed(undefined)
          },
          onFailure: (cause) => {
            // Not while writing: BEGIN or COMMIT failed.
            const common = !writing || isUnanswered(cause)
            if (!common && batch.length > 1) return redo(batch)
            answerAll(batch, () => Exit.failCause(cause))
            return Effect.succeed(common ? cause : undefined)
          }
        })
      )
    })

  const redo = Effect.fnUntraced(function* (batch: ReadonlyArray<Submission<I, A, E>>) {
    for (const [index, submission] of batch.entries()) {
      const common = yield* commit([submission])
      if (common === undefined) continue
      answerAll(batch.slice(index + 1), () => Exit.failCause(common))
      return common
    }
    return undefined
  })

  yield* Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(Queue.takeBetween(queue, 1, options.maxBatch)), commit)
  ).pipe(Effect.forever, Effect.forkScoped)

  return (input) =>
    Effect.suspend(() => {
      const answer = Deferred.makeUnsafe<A, E | SqlError>()
      Queue.offerUnsafe(queue, { input, answer })
      return Deferred.await(answer)
    })
})
