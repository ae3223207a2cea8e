// Databases in the PostgreSQL of this test run (PostgresServer.ts).
//
// Answers for: a migrated database in which nothing is, for as long as the scope lasts. A test file makes as many as it
// uses at once and empties them between tests: making one takes a hundred times as long.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import * as Migrations from "../../src/services/store/Migrations.ts"
import * as PostgresClient from "../../src/services/store/PostgresClient.ts"

const serverUrl = async () => {
  const response = await fetch(inject("postgresAsk"))
  const answer = await response.text()
  if (!response.ok) throw new Error(answer)
  return answer
}

/** Connections live as long as the worker, on the real clock. */
const connect = async (url: string, maxConnections: number) => {
  const runtime = ManagedRuntime.make(
    PostgresClient.layer({ url: Redacted.make(url), maxConnections, connectTimeout: "5 minutes" })
  )
  const sql = await runtime.runPromise(SqlClient.SqlClient)
  return { runtime, sql }
}

let administration: ReturnType<typeof connect> | undefined

/** The URL of a database without any table. It goes with the server. */
export const emptyDatabase = Effect.promise(async () => {
  const url = await serverUrl()
  administration ??= connect(`${url}/postgres`, 2)
  const { runtime, sql } = await administration
  const name = `t_${randomUUID().replaceAll("-", "")}`
  await runtime.runPromise(sql.unsafe(`CREATE DATABASE ${name}`).unprepared)
  return `${url}/${name}`
})

interface Known {
  readonly url: string
  readonly sql: SqlClient.SqlClient
}

const free: Array<Known> = []

const make = Effect.gen(function* () {
  const url = yield* emptyDatabase
  const { runtime, sql } = yield* Effect.promise(() => connect(url, 8))
  yield* Effect.promise(() => runtime.runPromise(Migrations.run))
  return { url, sql }
})

const emptied = ({ sql }: Known) => sql`DO $$
  DECLARE name text;
  BEGIN
    FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'catalog_version')
    LOOP
      -- Deleting is quicker, but leaves the table as long as it was.
      IF pg_relation_size(format('%I', name)::regclass) < 1000000 THEN EXECUTE format('DELETE FROM %I', name);
      ELSE EXECUTE format('TRUNCATE %I', name); END IF;
    END LOOP;
  END $$`

/** A migrated, empty database. */
export const database = Effect.acquireRelease(
  Effect.flatMap(
    Effect.sync(() => free.pop()),
    (known) => (known === undefined ? make : Effect.as(emptied(known), known))
  ),
  (known) => Effect.sync(() => free.push(known))
)

/** Its client, over connections that outlive the test. */
export const client = Layer.effect(
  SqlClient.SqlClient,
  Effect.map(database, ({ sql }) => sql)
)
