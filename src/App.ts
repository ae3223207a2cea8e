// The one place where the layers of the service are put together.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Path from "effect/Path"
import type { SqlClient } from "effect/sql/SqlClient"
import * as HttpServer from "effect/http/HttpServer"
import { hostname } from "node:os"
import * as DeliveryRepair from "./fibers/DeliveryRepair.ts"
import * as DemandSweep from "./fibers/DemandSweep.ts"
import * as Dispatcher from "./fibers/Dispatcher.ts"
import * as HeapGrowth from "./fibers/HeapGrowth.ts"
import { Leadership } from "./fibers/Leadership.ts"
import * as LeasedCalls from "./fibers/LeasedCalls.ts"
import { NodeLease, type NodeProcess } from "./fibers/NodeLease.ts"
import * as NodeLives from "./fibers/NodeLives.ts"
import { Permits } from "./fibers/Permits.ts"
import * as Reconciler from "./fibers/Reconciler.ts"
import * as RegistrationSweep from "./fibers/RegistrationSweep.ts"
import * as Retention from "./fibers/Retention.ts"
import * as RunChecks from "./fibers/RunChecks.ts"
import * as SilenceAlarm from "./fibers/SilenceAlarm.ts"
import * as RunnerFreshness from "./fibers/RunnerFreshness.ts"
import { Supervisor } from "./fibers/Supervisor.ts"
import * as Sweeper from "./fibers/Sweeper.ts"
import { ProfilingListener } from "./http/ProfilingListener.ts"
import * as Server from "./http/Server.ts"
import * as Activity from "./services/Activity.ts"
import { Config } from "./services/config/Config.ts"
import type { RunnerdConfig } from "./services/config/RunnerdConfig.ts"
import { diagnose } from "./services/doctor/Doctor.ts"
import { GitHub } from "./services/github/GitHub.ts"
import * as GitHubLimits from "./services/github/GitHubLimits.ts"
import { RunnerReleases } from "./services/github/RunnerReleases.ts"
import { Sandboxes } from "./services/sandbox/Sandboxes.ts"
import { AuditStore } from "./services/store/AuditStore.ts"
import { ActiveCountStore } from "./services/store/ActiveCountStore.ts"
import { CatalogStore } from "./services/store/CatalogStore.ts"
import { ChangeFeed } from "./services/store/ChangeFeed.ts"
import { ClaimStore } from "./services/store/ClaimStore.ts"
import { confirm as confirmInstance, type Instance } from "./services/store/Instance.ts"
import { GroupStore } from "./services/store/GroupStore.ts"
import { DeliveryStore } from "./services/store/DeliveryStore.ts"
import { DiagnosticsStore } from "./services/store/DiagnosticsStore.ts"
import { ExplanationStore } from "./services/store/ExplanationStore.ts"
import { IntakeStore } from "./services/store/IntakeStore.ts"
import { JobStore } from "./services/store/JobStore.ts"
import { JobTimeStore } from "./services/store/JobTimeStore.ts"
import { LogStore } from "./services/store/LogStore.ts"
import type { NodeSession } from "./services/store/NodeSession.ts"
import { ManualStore } from "./services/store/ManualStore.ts"
import { NodeStore } from "./services/store/NodeStore.ts"
import { ProviderLimits } from "./services/store/ProviderLimits.ts"
import { OperatorStore } from "./services/store/OperatorStore.ts"
import { PolicyStore } from "./services/store/PolicyStore.ts"
import * as PostgresDatabase from "./services/store/PostgresDatabase.ts"
import type { ReadClient } from "./services/store/ReadClient.ts"
import { RegistrationStore } from "./services/store/RegistrationStore.ts"
import { RepairStore } from "./services/store/RepairStore.ts"
import { RequestSearch } from "./services/store/RequestSearch.ts"
import { RequestStore } from "./services/store/RequestStore.ts"
import { RetentionStore } from "./services/store/RetentionStore.ts"
import { RunnerVersionStore } from "./services/store/RunnerVersionStore.ts"
import * as SqliteDatabase from "./services/store/SqliteDatabase.ts"
import { SpecStore } from "./services/store/SpecStore.ts"
import type { StoreClock } from "./services/store/StoreClock.ts"
import { TimelineStore } from "./services/store/TimelineStore.ts"
import { countGitHubCall } from "./services/telemetry/CallMetrics.ts"
import * as Logging from "./services/telemetry/Logging.ts"
import * as Metrics from "./services/telemetry/Metrics.ts"
import * as ProcessMetrics from "./services/telemetry/ProcessMetrics.ts"
import * as Telemetry from "./services/telemetry/Telemetry.ts"
import { Warnings } from "./services/Warnings.ts"
import type { Wakeup } from "./services/Wakeup.ts"

type Database = SqlClient | ReadClient | StoreClock | Instance | NodeSession | Wakeup

const database = (
  config: RunnerdConfig["database"]
): Layer.Layer<Database, unknown, FileSystem.FileSystem | Path.Path> =>
  config.backend === "sqlite" ? SqliteDatabase.layer(config.path) : PostgresDatabase.layer(config)

/** All that is stored, and nothing that acts. */
export const stores = (config: RunnerdConfig) =>
  Layer.mergeAll(
    ActiveCountStore.layer,
    RequestStore.layer,
    RequestSearch.layer,
    RepairStore.layer,
    Warnings.layer,
    ChangeFeed.layer,
    ClaimStore.layer,
    DeliveryStore.layer,
    DiagnosticsStore.layer,
    ExplanationStore.layer,
    IntakeStore.layer,
    JobStore.layer,
    JobTimeStore.layer,
    LogStore.layer,
    ManualStore.layer,
    NodeStore.layer,
    OperatorStore.layer,
    ProviderLimits.layer,
    RegistrationStore.layer,
    RetentionStore.layer,
    RunnerVersionStore.layer,
    TimelineStore.layer
  ).pipe(
    Layer.provideMerge(SpecStore.layer),
    Layer.provideMerge(GroupStore.layer),
    Layer.provideMerge(PolicyStore.layer),
    Layer.provideMerge(AuditStore.layer),
    Layer.provideMerge(CatalogStore.layer(config.github.allowedRepositories)),
    Layer.provideMerge(database(config.database))
  )

const outside = (config: RunnerdConfig) => {
  const limit = config.e2b.apiTimeout
  return Layer.mergeAll(
    Layer.unwrap(
      Effect.gen(function* () {
        const { apiBaseUrl: baseUrl, auth } = config.github
        const limits = yield* GitHubLimits.make(auth)
        const observe = countGitHubCall(yield* Metrics.Metrics)
        const options = { baseUrl, auth, callTimeout: limit, observe }
        return Layer.merge(GitHub.layer({ ...options, limits }), RunnerReleases.layer(options))
      })
    ),
    Sandboxes.layer({
      apiKey: config.e2b.apiKey,
      apiUrl: config.e2b.apiUrl,
      sandboxUrl: config.e2b.sandboxUrl,
      domain: config.e2b.domain,
      callTimeout: limit,
      // E2B itself may take 70 s, and a create given up early is a sandbox too many. One node's lease cannot be lost.
      createTimeout: config.e2b.createTimeout
    })
  )
}

/** Everything that finds what webhooks did not bring. */
const intakeRepair = Layer.mergeAll(RunChecks.layer, DeliveryRepair.layer, Reconciler.layer, SilenceAlarm.layer)

/** Everything that acts, for one life of this node. `process`: as its row among the nodes names it. */
export const fibers = (config: RunnerdConfig, process: NodeProcess) =>
  Layer.mergeAll(
    Dispatcher.layer,
    Sweeper.layer,
    RegistrationSweep.layer,
    DemandSweep.layer,
    Retention.layer,
    RunnerFreshness.layer,
    HeapGrowth.layer(),
    intakeRepair
  ).pipe(
    Layer.provide(Supervisor.layer),
    Layer.provide(Permits.layer(config.worker.maxConcurrentCreates)),
    Layer.provide(Leadership.layer),
    Layer.provide(LeasedCalls.layer),
    Layer.provideMerge(NodeLease.layer(process))
  )

const announce = Layer.effectDiscard(
  Effect.gen(function* () {
    const server = yield* HttpServer.HttpServer
    yield* (yield* ProfilingListener).announce
    yield* Effect.logInfo("runnerd listens").pipe(
      Effect.annotateLogs({ address: HttpServer.formatAddress(server.address) })
    )
  })
)

/** What has effects that outlast the process: calls to the outside, and commits. */
export type Effects = GitHub | Sandboxes | NodeStore | RequestStore | ClaimStore | IntakeStore | RepairStore

/** Stands between the rest of the service and its effects; the fault tests put their crash points there. */
export type Around = Layer.Layer<Effects, never, Effects>

const nothingAround: Around = Layer.effectContext(Effect.context<Effects>())

/** The whole service. The server is built last, so that it is the first to stop. */
export const layer = (config: RunnerdConfig, around: Around = nothingAround) =>
  announce.pipe(
    Layer.provide(Server.layer),
    Layer.provide(NodeLives.layer(fibers(config, { host: hostname(), processId: process.pid }))),
    Layer.provide(Layer.provideMerge(around, Layer.provideMerge(outside(config), stores(config)))),
    // First to be there and last to go, so that a start or an end that hangs can be looked into.
    Layer.provide(ProfilingListener.layer),
    Layer.provide(Layer.succeed(Config, config)),
    Layer.provide(
      Layer.provideMerge(ProcessMetrics.layer, Layer.mergeAll(Metrics.layer(config.metrics), Activity.layer))
    ),
    Layer.provide(NodeServices.layer),
    Layer.provide(Layer.provideMerge(Telemetry.layer(config.telemetry), Logging.layer(config.log)))
  )

/** An operator's word that this database is the one whose sandboxes and runners are outside (Instance.ts). Makes none. */
export const confirmDatabase = ({ database: at }: RunnerdConfig) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (at.backend === "sqlite" && !(yield* fs.exists(at.path))) {
      return yield* Effect.fail(new Error(`there is no database at ${at.path}`))
    }
    yield* Effect.gen(function* () {
      const place =
        at.backend === "sqlite" ? yield* SqliteDatabase.fingerprint(at.path) : yield* PostgresDatabase.fingerprint
      yield* confirmInstance(place)
    }).pipe(Effect.provide(database(at)))
  }).pipe(
    Effect.provide(NodeServices.layer),
    // The database says, as it is opened, what is being answered here.
    Effect.provide(Logger.layer([]))
  )

/** What a look at everything that this configuration needs finds. No service needs to run, and a running one is left alone. */
export const doctor = (config: RunnerdConfig) =>
  diagnose(config).pipe(
    Effect.provide(NodeServices.layer),
    // Its findings are the output, which may be read as JSON.
    Effect.provide(Logging.layer(config.log, "stderr"))
  )

/** Runs the service until it is interrupted or fails. */
export const launch = (config: RunnerdConfig, around?: Around) => Layer.launch(layer(config, around))
