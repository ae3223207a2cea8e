// The warning ahead of the day on which GitHub gives no more jobs to a template's runner.
//
// Answers for: learning the releases of actions/runner on one node, and raising and taking back the warning on each.
// Gotcha: a version is known once a runner of the spec has been started, and a disabled spec starts none: it is not warned of.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { acceptedUntil, isRunnerVersion, newestRelease, warnAhead } from "../domain/RunnerRelease.ts"
import { RunnerReleases } from "../services/github/RunnerReleases.ts"
import { RunnerVersionStore } from "../services/store/RunnerVersionStore.ts"
import { SpecStore } from "../services/store/SpecStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { runnerOutdatedCode as code, Warnings } from "../services/Warnings.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.hours(1)

const day = (millis: number) => DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 10)

/** What GitHub does not tell stays as it was known. */
export const learn = Effect.fn("RunnerFreshness.learn")(function* () {
  const { list } = yield* RunnerReleases
  const store = yield* RunnerVersionStore
  yield* list.pipe(
    Effect.matchEffect({
      onFailure: (error) => Effect.logInfo("GitHub did not tell the releases of actions/runner", error.message),
      onSuccess: (releases) => (releases.length === 0 ? Effect.void : store.saveReleases(releases))
    })
  )
})

export const warn = Effect.fn("RunnerFreshness.warn")(function* () {
  const { releases, versions } = yield* (yield* RunnerVersionStore).read
  const specs = yield* (yield* SpecStore).list
  const now = yield* (yield* StoreClock).now
  const warnings = yield* Warnings
  const old = specs.flatMap(({ enabled, name }) => {
    const version = versions.get(name)
    if (!enabled || version === undefined || !isRunnerVersion(version)) return []
    const until = acceptedUntil(version, releases)
    return until === null || until - now > warnAhead ? [] : [`${name} (runner ${version}, until ${day(until)})`]
  })
  if (old.length === 0) {
    yield* warnings.takeBack(code)
    return
  }
  const message =
    `GitHub gives no more jobs to runners that were not updated within 30 days of a newer release: build the templates of ` +
    `these specs anew with runner ${newestRelease(releases) ?? "that is newest"}: ${old.join(", ")}.`
  const isNew = yield* warnings.raise({ code, message })
  if (isNew) yield* Effect.logWarning(message).pipe(Effect.annotateLogs({ code }))
})

export const layer = Layer.effectDiscard(
  Effect.flatMap(Leadership, (leadership) =>
    Loop.every("runner freshness", interval, leadership.only(learn()).pipe(Effect.andThen(warn()))).pipe(
      Effect.forkScoped
    )
  )
)
