// Databases for the store's tests: everything the stores offer, on a database that nobody used before.
//
// Answers for: one fresh database each time a backend's layer is built. The contract (StoreContract*.ts) runs on
// each backend alike.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { ActiveCountStore } from "../../src/services/store/ActiveCountStore.ts"
import { AuditStore } from "../../src/services/store/AuditStore.ts"
import { CatalogStore } from "../../src/services/store/CatalogStore.ts"
import { ChangeFeed } from "../../src/services/store/ChangeFeed.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { GroupStore } from "../../src/services/store/GroupStore.ts"
import { DeliveryStore } from "../../src/services/store/DeliveryStore.ts"
import { DiagnosticsStore } from "../../src/services/store/DiagnosticsStore.ts"
import { ExplanationStore } from "../../src/services/store/ExplanationStore.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import { JobTimeStore } from "../../src/services/store/JobTimeStore.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { ManualStore } from "../../src/services/store/ManualStore.ts"
import * as Migrations from "../../src/services/store/Migrations.ts"
import { NodeSession } from "../../src/services/store/NodeSession.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { PolicyStore } from "../../src/services/store/PolicyStore.ts"
import { ProviderLimits } from "../../src/services/store/ProviderLimits.ts"
import { ReadClient } from "../../src/services/store/ReadClient.ts"
import { RegistrationStore } from "../../src/services/store/RegistrationStore.ts"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { RetentionStore } from "../../src/services/store/RetentionStore.ts"
import { RunnerVersionStore } from "../../src/services/store/RunnerVersionStore.ts"
import * as SqliteClient from "../../src/services/store/SqliteClient.ts"
import * as SqliteDatabase from "../../src/services/store/SqliteDatabase.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { StoreClock } from "../../src/services/store/StoreClock.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { Wakeup } from "../../src/services/Wakeup.ts"
import * as PostgresDatabases from "./PostgresDatabases.ts"

export type Database = SqlClient.SqlClient | ReadClient | StoreClock | Instance | NodeSession | Wakeup

export type Stores =
  | Database
  | ActiveCountStore
  | AuditStore
  | CatalogStore
  | ChangeFeed
  | RepairStore
  | RequestSearch
  | RequestStore
  | ClaimStore
  | DeliveryStore
  | DiagnosticsStore
  | ExplanationStore
  | IntakeStore
  | JobStore
  | JobTimeStore
  | LogStore
  | ManualStore
  | NodeStore
  | OperatorStore
  | ProviderLimits
  | RegistrationStore
  | RetentionStore
  | RunnerVersionStore
  | TimelineStore
  | SpecStore
  | GroupStore
  | PolicyStore

export interface StoreBackend {
  readonly name: string
  /** Everything on a fresh, migrated database. */
  readonly layer: Layer.Layer<Stores, unknown>
}

/** A database in memory, of this process alone. */
export const memory = Instance.layer(":memory:").pipe(
  Layer.provideMerge(ReadClient.shared),
  Layer.provideMerge(Migrations.layer),
  Layer.provideMerge(SqliteClient.layer({ filename: ":memory:" })),
  Layer.provideMerge(Layer.mergeAll(StoreClock.layer, NodeSession.alone, Wakeup.layer))
)

const file = Layer.unwrap(
  Effect.gen(function* () {
    const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({ prefix: "runnerd-store-" })
    return SqliteDatabase.layer(`${folder}/data/runnerd.db`)
  })
).pipe(Layer.provide(NodeServices.layer))

const postgresDatabase = Layer.unwrap(
  Effect.map(PostgresDatabases.database, ({ sql, url }) =>
    Instance.layer("PostgreSQL").pipe(
      Layer.provideMerge(NodeSession.postgres({ url: Redacted.make(url) })),
      Layer.provideMerge(ReadClient.shared),
      Layer.provideMerge(Layer.succeed(SqlClient.SqlClient, sql)),
      Layer.provideMerge(Layer.mergeAll(StoreClock.layer, Wakeup.layer))
    )
  )
)

/** All stores on this database, for an installation that lets these repositories in. */
export const storesOn = <E>(database: Layer.Layer<Database, E>, allowed: ReadonlyArray<string> = []) =>
  Layer.mergeAll(
    ActiveCountStore.layer,
    RepairStore.layer,
    RequestSearch.layer,
    RequestStore.layer,
    ChangeFeed.layer,
    ClaimStore.layer,
    ExplanationStore.layer,
    DeliveryStore.layer,
    DiagnosticsStore.layer,
    IntakeStore.layer,
    RunnerVersionStore.layer,
    JobStore.layer,
    JobTimeStore.layer,
    LogStore.layer,
    ManualStore.layer,
    NodeStore.layer,
    OperatorStore.layer,
    ProviderLimits.layer,
    RegistrationStore.layer,
    RetentionStore.layer,
    TimelineStore.layer
  ).pipe(
    Layer.provideMerge(SpecStore.layer),
    Layer.provideMerge(GroupStore.layer),
    Layer.provideMerge(PolicyStore.layer),
    Layer.provideMerge(AuditStore.layer),
    Layer.provideMerge(CatalogStore.layer(allowed)),
    Layer.provideMerge(database)
  )

// Fresh, because layers are built once per memo map and every test wants a database of its own.
export const storesInMemory = (allowed: ReadonlyArray<string> = []) => Layer.fresh(storesOn(memory, allowed))
export const sqliteInMemory: StoreBackend = { name: "SQLite in memory", layer: storesInMemory() }
export const sqliteInFile: StoreBackend = { name: "SQLite in a file", layer: Layer.fresh(storesOn(file)) }
export const postgres: StoreBackend = { name: "PostgreSQL", layer: Layer.fresh(storesOn(postgresDatabase)) }

export const everyBackend = [sqliteInMemory, sqliteInFile, postgres]
