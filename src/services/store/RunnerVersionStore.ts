// Which version of the runner each spec's template brings, and the releases there are.
//
// Answers for: remembering what runners said of themselves, and what GitHub published last. Not for what follows
// (domain/RunnerRelease.ts). A process writes a version once in ten minutes, not for each of its runners.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { RunnerRelease } from "../../domain/RunnerRelease.ts"
import { exclusively } from "./Dialect.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface RunnerVersions {
  /** What the newest runner of each spec said. */
  readonly versions: ReadonlyMap<string, string>
  readonly releases: ReadonlyArray<RunnerRelease>
}

/** Inside whatever transaction asks. */
export const readRunnerVersions = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const versions = yield* sql<{ specName: string; version: string }>`SELECT spec_name, version FROM runner_versions`
  const releases = yield* sql<RunnerRelease>`SELECT version, published_at FROM runner_releases`
  return {
    versions: new Map(versions.map(({ specName, version }) => [specName, version])),
    releases
  } satisfies RunnerVersions
})

/** Its template is another, or it is no more. */
export const forgetRunnerVersion = (sql: SqlClient.SqlClient, specName: string) =>
  sql`DELETE FROM runner_versions WHERE spec_name = ${specName}`

/** So that what was forgotten meanwhile comes back. */
const writeAgainAfter = 600_000

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const written = new Map<string, { readonly version: string; readonly at: number }>()

  return RunnerVersionStore.of({
    seen: Effect.fn("RunnerVersionStore.seen")(function* (specName: string, version: string) {
      const now = yield* clock.now
      const last = written.get(specName)
      if (last?.version === version && now - last.at < writeAgainAfter) return
      const row = { specName, version, seenAt: now }
      yield* sql`INSERT INTO runner_versions ${sql.insert(row)} ON CONFLICT (spec_name) DO UPDATE SET
        version = excluded.version, seen_at = excluded.seen_at`
      written.set(specName, { version, at: now })
    }, asStoreError("seenRunnerVersion")),
    saveReleases: Effect.fn("RunnerVersionStore.saveReleases")(
      function* (releases: ReadonlyArray<RunnerRelease>) {
        yield* sql`DELETE FROM runner_releases`
        if (releases.length > 0) yield* sql`INSERT INTO runner_releases ${sql.insert(releases as never)}`
      },
      exclusively(sql),
      asStoreError("saveRunnerReleases")
    ),
    read: Effect.withSpan(readRunnerVersions(sql), "RunnerVersionStore.read").pipe(asStoreError("readRunnerVersions"))
  })
})

export class RunnerVersionStore extends Context.Service<
  RunnerVersionStore,
  {
    /** A runner of this spec said that it has this version. */
    readonly seen: (specName: string, version: string) => Effect.Effect<void, StoreError>
    /** These, and no others any more. */
    readonly saveReleases: (releases: ReadonlyArray<RunnerRelease>) => Effect.Effect<void, StoreError>
    readonly read: Effect.Effect<RunnerVersions, StoreError>
  }
>()("runnerd/services/store/RunnerVersionStore") {
  static readonly layer = Layer.effect(RunnerVersionStore, make)
}
