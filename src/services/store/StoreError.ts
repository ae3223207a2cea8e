// The failures of the store: the database said no, or a row is not what it must be.
//
// Gotcha: neither carries the driver's message, which may quote a value; it goes to the debug log only.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"

/** `operation`: the store's method. `kind`: the class of the database's failure, or `CorruptRow`. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  kind: Schema.String
}) {
  override get message(): string {
    return `Store ${this.operation}: ${this.kind}`
  }
}

/** Turns what the database or a row's schema throws into a `StoreError` of this operation. */
export const asStoreError =
  (operation: string) =>
  <A, E, R>(self: Effect.Effect<A, E | SqlError | Schema.SchemaError, R>) =>
    Effect.catchIf(
      self,
      (error): error is (E & SqlError) | (E & Schema.SchemaError) => isSqlError(error) || Schema.isSchemaError(error),
      (error) =>
        Effect.andThen(
          Effect.logDebug("store failure", operation, error),
          new StoreError({ operation, kind: isSqlError(error) ? error.reason._tag : "CorruptRow" })
        )
    ) as Effect.Effect<A, Exclude<E, SqlError | Schema.SchemaError> | StoreError, R>

const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && (error as { _tag?: unknown })._tag === "SqlError"
