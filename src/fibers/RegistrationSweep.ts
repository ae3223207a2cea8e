// Finding runners at GitHub that no request stands behind.
//
// Answers for: what a crash, or a registration whose answer was lost, left behind in repositories and organisations that
// had runners of ours lately. Not for anything without our instance's tag in its name: that is not provably ours.
// Gotchas: runners are listed before the rows are read, so one that is seen is judged by a row at least as new. A busy one is
// never removed: GitHub refuses that, and it is looked at again. A target where nothing has changed since it was last
// looked at costs no call, so the sweep asks at most once per target and hour.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { isOutOfReach } from "../domain/GitHubError.ts"
import { runnerNamePrefix } from "../domain/RunnerRequest.ts"
import { key, type RunnerTarget } from "../domain/RunnerTarget.ts"
import { GitHub } from "../services/github/GitHub.ts"
import type { GitHubRunner } from "../services/github/GitHubTypes.ts"
import { Instance } from "../services/store/Instance.ts"
import { RegistrationStore } from "../services/store/RegistrationStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.hours(1)

/** What the first sweep of a process looks back on: GitHub itself removes an ephemeral runner a day after it went offline. */
const lookBack = Duration.hours(25)

interface Progress {
  /** Everything that changed before this (epoch milliseconds) has been looked at. */
  readonly since: number
  /** Where something could not be looked at or removed. */
  readonly again: ReadonlyArray<RunnerTarget>
}

const remove = Effect.fnUntraced(function* (target: RunnerTarget, runner: GitHubRunner) {
  const github = yield* GitHub
  return yield* Effect.logWarning("Removing a runner at GitHub that no request stands behind").pipe(
    Effect.andThen(github.deleteRunner(target, runner.id)),
    Effect.as(true),
    Effect.catch((error) =>
      Effect.as(Effect.logWarning("A runner at GitHub could not be removed; it is tried again", error.message), false)
    ),
    Effect.annotateLogs({ runner: runner.name })
  )
})

/** Whether nothing of ours is left there that should not be. */
const sweepTarget = Effect.fnUntraced(
  function* (target: RunnerTarget) {
    const github = yield* GitHub
    const store = yield* RegistrationStore
    const { tag } = yield* Instance
    const runners = yield* github.listRunners(target)
    const ours = runners.filter((runner) => runner.name.startsWith(runnerNamePrefix(tag)))
    const wanted = yield* store.wanted(ours.map((runner) => runner.name))
    const orphans = ours.filter((runner) => !wanted.has(runner.name))
    const removed = yield* Effect.forEach(orphans, (runner) => remove(target, runner))
    return removed.every((one) => one)
  },
  (swept, target) =>
    swept.pipe(
      Effect.catchTag("GitHubError", (error) =>
        isOutOfReach(error)
          ? Effect.succeed(true)
          : Effect.as(
              Effect.logWarning("Runners at GitHub could not be listed; it is tried again", error.message),
              false
            )
      ),
      Effect.annotateLogs({ target: key(target) })
    )
)

export const sweep = Effect.fn("RegistrationSweep.sweep")(function* (progress: Ref.Ref<Progress>) {
  const clock = yield* StoreClock
  const store = yield* RegistrationStore
  const { again, since } = yield* Ref.get(progress)
  const now = yield* clock.now
  const changed = yield* store.targetsSince(since)
  const targets = new Map([...again, ...changed].map((target) => [key(target), target]))
  const left = yield* Effect.filter([...targets.values()], (target) => Effect.map(sweepTarget(target), (done) => !done))
  yield* Ref.set(progress, { since: now, again: left })
})

/** Where a new process begins. */
export const start = Effect.gen(function* () {
  const clock = yield* StoreClock
  return yield* Ref.make<Progress>({ since: (yield* clock.now) - Duration.toMillis(lookBack), again: [] })
})

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const leadership = yield* Leadership
    const progress = yield* start
    yield* Loop.every("registration sweep", interval, leadership.only(sweep(progress))).pipe(Effect.forkScoped)
  })
)
