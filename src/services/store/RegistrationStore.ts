// What the sweep for runners at GitHub asks the database.
//
// Answers for: where runners of ours may have been left, and which of a list of names are still wanted.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { ofRequest, key, type RunnerTarget } from "../../domain/RunnerTarget.ts"
import { instant, requestsBy } from "./Dialect.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return RegistrationStore.of({
    targetsSince: Effect.fn("RegistrationStore.targetsSince")(function* (since: number) {
      const rows = yield* sql<{ repository: string; runnerGroup: string | null }>`SELECT repository, runner_group
        FROM ${requestsBy(sql, "runner_requests_changed")}
        WHERE updated_at >= ${instant(since)} AND last_attempt_at IS NOT NULL
        GROUP BY repository, runner_group`
      const targets = rows.map((row) => ofRequest(row.repository, row.runnerGroup))
      return [...new Map(targets.map((target) => [key(target), target])).values()]
    }, asStoreError("targetsSince")),
    wanted: Effect.fn("RegistrationStore.wanted")(function* (runnerNames: ReadonlyArray<string>) {
      if (runnerNames.length === 0) return new Set<string>()
      const rows = yield* sql<{ runnerName: string }>`SELECT runner_name FROM runner_requests
        WHERE ${sql.in("runner_name", runnerNames)} AND status <> 'completed' AND status <> 'failed'`
      return new Set(rows.map((row) => row.runnerName))
    }, asStoreError("wantedRunners"))
  })
})

export class RegistrationStore extends Context.Service<
  RegistrationStore,
  {
    /** Where requests that had a runner changed at `since` (epoch milliseconds) or later, each target once. */
    readonly targetsSince: (since: number) => Effect.Effect<ReadonlyArray<RunnerTarget>, StoreError>
    /** Those of the names that an unfinished request goes by now. */
    readonly wanted: (runnerNames: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, StoreError>
  }
>()("runnerd/services/store/RegistrationStore") {
  static readonly layer = Layer.effect(RegistrationStore, make)
}
