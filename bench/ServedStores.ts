// runnerd as it answers, without anything that acts, on each database in turn.
//
// Answers for: what benchmarks with a long history measure on. `BENCH_DATABASE` (SQLite, PostgreSQL) takes one of the two,
// `BENCH_REQUESTS` makes the history smaller.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as HttpServer from "effect/http/HttpServer"
import { stores } from "../src/App.ts"
import { ProfilingListener } from "../src/http/ProfilingListener.ts"
import * as Server from "../src/http/Server.ts"
import { Config, loadConfig } from "../src/services/config/Config.ts"
import { Sandboxes } from "../src/services/sandbox/Sandboxes.ts"
import * as Metrics from "../src/services/telemetry/Metrics.ts"
import * as ProcessMetrics from "../src/services/telemetry/ProcessMetrics.ts"
import { start } from "../test/support/PostgresServer.ts"

export const token = "operator-of-the-benchmark"

/** How many finished requests the history has. */
export const finished = Number(process.env["BENCH_REQUESTS"] ?? 1_000_000)

const served = Effect.fnUntraced(function* (folder: string, database: Record<string, unknown>) {
  const file = `${folder}/runnerd.yaml`
  const config = {
    server: { http_addr: "127.0.0.1:0", access_log: false },
    database,
    admin: { token },
    e2b: { api_key: "none", api_url: "http://127.0.0.1:1" },
    github: { webhook_secret: "none", token: "none" },
    worker: { max_concurrent_runners: "unlimited" }
  }
  yield* (yield* FileSystem.FileSystem).writeFileString(file, JSON.stringify(config))
  const read = yield* loadConfig(file)
  return Server.layer.pipe(
    Layer.provideMerge(stores(read)),
    Layer.provide(Layer.mock(Sandboxes)({})),
    Layer.provide(ProfilingListener.layer),
    Layer.provideMerge(Layer.provideMerge(ProcessMetrics.layer, Metrics.layer(read.metrics))),
    Layer.provide(Layer.succeed(Config, read))
  )
})

type Provided = Layer.Success<Effect.Success<ReturnType<typeof served>>>
type Measure = Effect.Effect<void, unknown, Provided | Scope.Scope>

/** Where it listens. */
export const servedUrl = Effect.gen(function* () {
  const { address } = yield* HttpServer.HttpServer
  return HttpServer.formatAddress(address).replace("0.0.0.0", "127.0.0.1")
})

const folder = FileSystem.FileSystem.use((files) => files.makeTempDirectoryScoped({ prefix: "runnerd-history-" }))

const onSqlite = Effect.fnUntraced(function* (measure: Measure) {
  const place = yield* folder
  const layer = yield* served(place, { backend: "sqlite", url: `${place}/runnerd.db` })
  yield* Effect.provide(Effect.scoped(measure), layer)
})

const onPostgres = Effect.fnUntraced(function* (measure: Measure) {
  const { url } = yield* Effect.acquireRelease(
    Effect.promise(() => start()),
    ({ stop }) => Effect.promise(() => stop())
  )
  const layer = yield* served(yield* folder, { backend: "postgres", url: `${url}/postgres` })
  yield* Effect.provide(Effect.scoped(measure), layer)
})

const databases = { SQLite: onSqlite, PostgreSQL: onPostgres }

export const onEachDatabase = async (measure: Measure): Promise<void> => {
  for (const [name, on] of Object.entries(databases)) {
    if ((process.env["BENCH_DATABASE"] ?? name) !== name) continue
    console.log(`\n### ${name}\n`)
    await Effect.runPromise(Effect.scoped(on(measure)).pipe(Effect.provide(NodeServices.layer)))
  }
}
