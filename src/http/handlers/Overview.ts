// Handlers of the overview.
//
// Gotcha: what is asked for often is read seldom: the counts once a second at most (ActiveCountStore.ts), the times once in
// ten seconds for each number of hours, however many consoles are open.
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { type BreakerState, breakerState, type SpecDeaths } from "../../domain/SpecBreaker.ts"
import { slicesOf } from "../../domain/TimeSlices.ts"
import { breakerRulesOf } from "../../services/ClaimRules.ts"
import { Config } from "../../services/config/Config.ts"
import { ActiveCountStore } from "../../services/store/ActiveCountStore.ts"
import { JobTimeStore, type Percentiles } from "../../services/store/JobTimeStore.ts"
import { type SpecUse, specUse } from "../../services/store/SpecUse.ts"
import { StoreClock } from "../../services/store/StoreClock.ts"
import { Api } from "../api/Api.ts"
import { type JobTimesView, type OverviewView, sliceCount } from "../api/OverviewApi.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { optionalTime, time } from "./Times.ts"

const defaultHours = 6

const seconds = (times: Percentiles | null) =>
  times === null ? null : { jobs: times.jobs, p50: times.p50 / 1000, p95: times.p95 / 1000 }

const oldestOf = (specs: ReadonlyArray<SpecUse>) => {
  const times = specs.flatMap(({ oldestQueuedAt }) => (oldestQueuedAt === null ? [] : [oldestQueuedAt]))
  return times.length === 0 ? null : Math.min(...times)
}

const states = { Closed: "closed", Paused: "paused", Probing: "probing" } as const

const breakerView = ({ code, deaths, diedAt, message }: SpecDeaths, state: BreakerState) => ({
  state: states[state._tag],
  deaths,
  last_death_at: time(diedAt),
  last_death_code: code,
  last_death_message: message,
  until: optionalTime(state._tag === "Paused" ? state.until : null)
})

export const layer = HttpApiBuilder.group(
  Api,
  "overview",
  Effect.fnUntraced(function* (handlers) {
    const config = yield* Config
    const { worker } = config
    const rules = breakerRulesOf(config)
    const counts = yield* ActiveCountStore
    const clock = yield* StoreClock
    const jobTimes = yield* JobTimeStore

    const times = yield* Cache.makeWith(
      (hours: number) => Effect.flatMap(clock.now, (now) => jobTimes.read(slicesOf(now, hours, sliceCount))),
      { capacity: 16, timeToLive: (exit) => (Exit.isSuccess(exit) ? "10 seconds" : 0) }
    )

    const now = Effect.map(counts.read, (read): OverviewView => {
      const specs = specUse(read)
      const sum = (key: "busy" | "idle" | "pending" | "sandboxes") =>
        specs.reduce((total, spec) => total + spec[key], 0)
      const having = (status: string) =>
        read.requests.reduce((total, each) => total + (each.status === status ? each.n : 0), 0)
      return {
        at: time(read.now),
        requests: {
          queued: having("queued"),
          creating: having("creating"),
          running: having("running"),
          stopping: having("stopping")
        },
        runners: {
          busy: sum("busy"),
          idle: sum("idle"),
          pending: sum("pending"),
          sandboxes: sum("sandboxes"),
          max_concurrent_runners: worker.maxConcurrentRunners === "unlimited" ? null : worker.maxConcurrentRunners
        },
        specs: specs.flatMap(({ deaths, oldestQueuedAt, runner, settings, specName, ...use }) =>
          specName === null
            ? []
            : [
                {
                  ...use,
                  name: specName,
                  enabled: settings?.enabled ?? false,
                  max_concurrency: settings === null || settings.maxConcurrency <= 0 ? null : settings.maxConcurrency,
                  oldest_queued_at: optionalTime(oldestQueuedAt),
                  runner:
                    runner === null
                      ? null
                      : { version: runner.version, accepted_until: optionalTime(runner.acceptedUntil) },
                  breaker: deaths === null ? null : breakerView(deaths, breakerState(deaths, rules, read.now))
                }
              ]
        ),
        oldest_queued_at: optionalTime(oldestOf(specs)),
        last_delivery_at: optionalTime(read.lastDeliveryAt)
      }
    })

    return handlers.handleAll({
      now: () => orUnavailable(now),
      jobTimes: ({ query }) =>
        Cache.get(times, query.hours ?? defaultHours).pipe(
          Effect.map((slices): JobTimesView => ({
            slices: slices.map(({ from, queue, run, to }) => ({
              from: time(from),
              to: time(to),
              queue: seconds(queue),
              run: seconds(run)
            }))
          })),
          orUnavailable
        )
    })
  })
)
