// The PostgreSQL database of one installation: its address, its client, its schema, its clock.
//
// Answers for: everything that has to be true before a store may be used, on any number of nodes. Gotcha: session-level
// locks and LISTEN need connections of their own, so a pooler in transaction mode cannot stand in between.
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { PostgresConfig } from "../config/RunnerdConfig.ts"
import { Instance } from "./Instance.ts"
import * as Migrations from "./Migrations.ts"
import { NodeSession } from "./NodeSession.ts"
import * as PostgresClient from "./PostgresClient.ts"
import * as PostgresWakeup from "./PostgresWakeup.ts"
import { ReadClient } from "./ReadClient.ts"
import { StoreClock } from "./StoreClock.ts"

/** The database cannot be used. `detail`: the server's or the system's reason, which holds no password. */
export class PostgresUnusable extends Schema.TaggedError<PostgresUnusable>()("PostgresUnusable", {
  shown: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `PostgreSQL ${this.shown} cannot be used: ${this.detail}. Check database.url, database.password, and that the server runs.`
  }
}

/** The innermost reason. */
export const reasonOf = (error: unknown): string => {
  let innermost = error
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause
  return innermost instanceof Error ? innermost.message : String(innermost)
}

const tls = Effect.fnUntraced(function* ({ rootCertificate, tls }: PostgresConfig) {
  switch (tls) {
    case "off":
      return false
    case "prefer":
      return undefined
    case "encrypt":
      return { rejectUnauthorized: false }
    default: {
      const ca =
        rootCertificate === undefined
          ? {}
          : { ca: yield* (yield* FileSystem.FileSystem).readFileString(rootCertificate) }
      return tls === "verify-ca" ? { ...ca, checkServerIdentity: () => undefined } : ca
    }
  }
})

/** How the server is reached. */
export const connection = Effect.fnUntraced(function* (config: PostgresConfig) {
  const ssl = yield* tls(config)
  return {
    url: config.url,
    applicationName: "runnerd",
    ...(ssl === undefined ? {} : { ssl }),
    ...(config.password === undefined ? {} : { password: config.password })
  } satisfies PgConnection.Config
})

/** A copy on another server has another system identifier, one on the same server another name. */
export const fingerprint = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ place: string }>`
    SELECT system_identifier::text || ' ' || current_database() AS place FROM pg_control_system()`
  return row!.place
})

/** Provides `SqlClient`, `ReadClient`, `StoreClock`, `Instance`, `NodeSession` and `Wakeup`. */
export const layer = (config: PostgresConfig) =>
  Layer.unwrap(
    Effect.map(connection(config), (options) =>
      Layer.mergeAll(Layer.unwrap(Effect.map(fingerprint, Instance.layer)), PostgresWakeup.layer(options)).pipe(
        Layer.provideMerge(ReadClient.shared),
        Layer.provideMerge(StoreClock.ofDatabase),
        Layer.provideMerge(NodeSession.postgres(options)),
        Layer.provideMerge(Migrations.layer),
        Layer.provideMerge(PostgresClient.layer({ ...options, maxConnections: config.maxConnections }))
      )
    )
  ).pipe(
    Layer.catch((error) =>
      Layer.effectContext(
        Effect.fail(
          error instanceof Migrations.NewerSchema
            ? error
            : new PostgresUnusable({ shown: config.shown, detail: reasonOf(error) })
        )
      )
    )
  )
