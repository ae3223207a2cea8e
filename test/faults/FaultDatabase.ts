// The database of a fault run while no runnerd lives: what is put into it before, and what its rows say after a death.
//
// Answers for: who acts next on each unfinished request, and by when. Gotcha: it is opened as runnerd opens it, so it can
// be opened only when the dead process's hold on it is gone.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { nextActor } from "../../src/domain/NextActor.ts"
import { isFinished, type RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { patienceOf } from "../../src/services/Patience.ts"
import { loadConfig } from "../../src/services/config/Config.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import * as PostgresDatabase from "../../src/services/store/PostgresDatabase.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import * as SqliteDatabase from "../../src/services/store/SqliteDatabase.ts"
import { StoreClock } from "../../src/services/store/StoreClock.ts"
import { type Database, type Stores, storesOn } from "../support/StoreBackends.ts"
import { labels, template } from "../support/World.ts"
import { until } from "../support/WorldWaiting.ts"

const withDatabase = <A, E>(
  configFile: string,
  use: (config: RunnerdConfig) => Effect.Effect<A, E, Stores>
): Promise<A> =>
  Effect.gen(function* () {
    const config = yield* loadConfig(configFile)
    const { database } = config
    const layer = database.backend === "sqlite" ? SqliteDatabase.layer(database.path) : PostgresDatabase.layer(database)
    const services = Layer.provide(
      layer as Layer.Layer<Database, unknown, NodeServices.NodeServices>,
      NodeServices.layer
    )
    return yield* Effect.provide(use(config), storesOn(services))
  }).pipe(Effect.provide(NodeServices.layer), Effect.runPromise)

/** A spec that every repository may use. */
export const prepare = (configFile: string): Promise<unknown> =>
  withDatabase(configFile, () =>
    SpecStore.use((specs) =>
      specs.save(
        {
          name: "small",
          labels,
          templateId: template,
          runnerGroup: null,
          maxConcurrency: 0,
          minIdle: 0,
          priority: 0,
          enabled: true,
          defaultAvailable: true
        },
        { by: "test", expects: () => true }
      )
    )
  )

const look = (configFile: string) =>
  withDatabase(configFile, ({ e2b, worker }) =>
    Effect.gen(function* () {
      return {
        alive: yield* (yield* NodeStore).alive(Duration.toMillis(worker.leaseTtl)),
        now: yield* (yield* StoreClock).now,
        requests: (yield* (yield* RequestSearch).search({})).requests,
        bounds: patienceOf({ e2b, worker }),
        longestPause: Duration.toMillis(worker.retryMaxDelay)
      }
    })
  )

const assertNone = (what: string, found: ReadonlyArray<string>): void => {
  if (found.length > 0) assert.fail(`${what}:\n${found.join("\n")}`)
}

/**
 * The unfinished requests of processes that have all died. Rejects unless any node may act on each of them, no later than
 * the longest pause between two attempts from now.
 */
export const orphans = async (configFile: string): Promise<ReadonlyArray<RunnerRequest>> => {
  const { bounds, longestPause, now, requests } = await until("the dead are seen dead", 600_000, async () => {
    const seen = await look(configFile)
    return seen.alive.length === 0 && seen
  })
  const unfinished = requests.filter((request) => !isFinished(request))
  const late = unfinished.flatMap((request) => {
    const next = nextActor(request, now, bounds, () => false)
    if (next.who === "any node" && next.at <= now + longestPause) return []
    return [`${request.id} (${request.status}): ${JSON.stringify({ ...next, now })}`]
  })
  assertNone("requests on which nobody acts next, or not in time", late)
  return unfinished
}

/** Rejects unless all is finished and whoever was to act next on these requests has taken each of them. */
export const assertTaken = async (configFile: string, before: ReadonlyArray<RunnerRequest>): Promise<void> => {
  const unfinished = await orphans(configFile)
  assertNone(
    "requests that are not finished",
    unfinished.map(({ id, status }) => `${id} (${status})`)
  )
  const { requests } = await look(configFile)
  const fences = new Map(requests.map(({ fence, id }) => [id, fence]))
  const ignored = before.filter(({ fence, id }) => (fences.get(id) ?? fence) <= fence)
  assertNone(
    "requests that nobody took after the death",
    ignored.map(({ fence, id, status }) => `${id} (${status} at the death, fence ${fence})`)
  )
}
