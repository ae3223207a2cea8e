// Writes that arrive together share one transaction, and each caller is answered after its commit.
//
// Answers for: batching, and for one poisoned write not spoiling its neighbours: when a batch fails, its
// writes are redone one by one, so that only the guilty one fails.
// Gotcha: a caller that is interrupted has still submitted its write; it takes place.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

interface Submission<I, A, E> {
  readonly input: I
  readonly answer: Deferred.Deferred<A, E | SqlError>
}

/**
 * Starts the committing fiber in the current scope. `write` gets the inputs of one batch in order of arrival
 * and must answer each, in that order; it runs inside the transaction.
 */
export const make = Effect.fnUntraced(function* <I, A, E>(options: {
  readonly maxBatch: number
  readonly write: (inputs: ReadonlyArray<I>) => Effect.Effect<ReadonlyArray<A>, E | SqlError>
}): Effect.fn.Return<(input: I) => Effect.Effect<A, E | SqlError>, never, SqlClient.SqlClient | Scope.Scope> {
  const sql = yield* SqlClient.SqlClient
  const queue = yield* Queue.unbounded<Submission<I, A, E>>()

  const commit = (batch: ReadonlyArray<Submission<I, A, E>>): Effect.Effect<void> =>
    sql.withTransaction(options.write(batch.map((submission) => submission.input))).pipe(
      Effect.matchCauseEffect({
        onSuccess: (answers) =>
          Effect.sync(() => {
            batch.forEach((submission, index) => {
              Deferred.doneUnsafe(submission.answer, Effect.succeed(answers[index]!))
            })
          }),
        onFailure: (cause) =>
          batch.length === 1
            ? Effect.sync(() => Deferred.doneUnsafe(batch[0]!.answer, Effect.failCause(cause)))
            : Effect.forEach(batch, (submission) => commit([submission]), { discard: true })
      })
    )

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
