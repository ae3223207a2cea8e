// Taking in the deliveries that GitHub made or tried to make, and that never arrived here.
//
// Answers for: reading the App's log of deliveries from the newest back to where it was read last, and feeding what was never
// taken in to the same intake as webhooks, known by its GUID. Not for asking GitHub to send again: the body is in the log, and
// what kept GitHub from reaching us may still do.
// Gotchas: a delivery that says "queued" may be hours old, so GitHub's present word on its job is asked first, and a "not found"
// is believed only at the second look. The mark moves only when everything newer was taken in. GitHub keeps three days.
import * as Duration from "effect/Duration"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import { ofGitHubError } from "../domain/Disposition.ts"
import type { GitHubError } from "../domain/GitHubError.ts"
import { isNotStarted, type JobFacts, mergeFacts } from "../domain/WorkflowJob.ts"
import { Config } from "../services/config/Config.ts"
import { GitHub } from "../services/github/GitHub.ts"
import type { HookDelivery } from "../services/github/GitHubTypes.ts"
import { factsOf } from "../services/github/JobFacts.ts"
import { decodeWebhook, type WebhookEvent } from "../services/github/WebhookPayload.ts"
import { deliveryOf, intakeRules, isForeign } from "../services/IncomingDelivery.ts"
import { IntakeStore } from "../services/store/IntakeStore.ts"
import { RepairStore } from "../services/store/RepairStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"
import { notBefore } from "./Waiting.ts"

const markName = "deliveries"
const events: ReadonlySet<string> = new Set(["workflow_job", "workflow_run"])
/** An attempt enters the log when it is over, up to 10 s after its time, and clocks differ. */
const overlapMillis = Duration.toMillis("5 minutes")
const concurrency = 4

export interface Progress {
  /** Where the reading of what is older goes on; undefined: from the newest. */
  readonly cursor: string | undefined
  /** The time up to which everything will have been read then. */
  readonly newest: number
  readonly complete: boolean
  /** GUIDs whose job GitHub did not know when it was last asked. */
  readonly missed: ReadonlySet<string>
  /** GitHub does not want to be asked before (epoch milliseconds). */
  readonly pausedUntil: number
}

export const beginning: Progress = {
  cursor: undefined,
  newest: 0,
  complete: true,
  missed: new Set(),
  pausedUntil: 0
}

const ignoredEvent: WebhookEvent = { _tag: "Ignored", action: null, reason: "event" }

const isGone = (error: GitHubError | StoreError): boolean =>
  error._tag === "GitHubError" && (error.reason._tag === "NotFound" || error.reason._tag === "NotInstalled")

/** The facts with what GitHub says now; undefined: it knows no such job. */
const withPresent = Effect.fnUntraced(function* (facts: JobFacts) {
  const github = yield* GitHub
  const job = yield* github.getJob(facts.repository, facts.jobId).pipe(
    Effect.asSome,
    Effect.catchReason("GitHubError", "NotFound", () => Effect.succeedNone)
  )
  return Option.getOrUndefined(
    Option.map(job, (present) =>
      Option.match(factsOf(facts.repository, present, facts.installationId), {
        onNone: () => facts,
        onSome: (now) => mergeFacts(facts, now)
      })
    )
  )
})

/** Takes one in. False: GitHub does not know its job, for the first time. */
const takeIn = Effect.fn("DeliveryRepair.takeIn")(
  function* (found: HookDelivery, missedBefore: boolean) {
    const github = yield* GitHub
    const intake = yield* IntakeStore
    const rules = intakeRules(yield* Config)
    const body = yield* github.hookDeliveryBody(found.id)
    const decoded = decodeWebhook(found.event, body)
    if (Result.isFailure(decoded)) {
      yield* Effect.logWarning("A delivery in GitHub's log cannot be used", decoded.failure.message)
    }
    const event = Result.getOrElse(decoded, () => ignoredEvent)
    const incoming = {
      event,
      name: found.event,
      guid: found.guid,
      body,
      path: "redelivery",
      receivedAt: null
    } as const
    const delivery = deliveryOf(incoming, rules)
    if (delivery.facts === null || !isNotStarted(delivery.facts.status)) {
      yield* intake.take(delivery)
      return true
    }
    const facts = yield* withPresent(delivery.facts)
    if (facts === undefined && !missedBefore) return false
    yield* intake.take({ ...delivery, facts: facts ?? null })
    return true
  },
  (taken, found) => Effect.annotateLogs(taken, { delivery: found.guid })
)

/** A part of a page: what was taken in, what was missed, and whether all of it went well. */
const takePage = Effect.fnUntraced(function* (deliveries: ReadonlyArray<HookDelivery>, missed: ReadonlySet<string>) {
  const store = yield* RepairStore
  const { installation } = intakeRules(yield* Config)
  const ours = deliveries.filter((each) => events.has(each.event) && !isForeign(installation, each.installationId))
  const byGuid = new Map(ours.map((each) => [each.guid, each]))
  const unknown = yield* store.unknownDeliveries([...byGuid.keys()])
  const lost = [...byGuid.values()].filter((each) => unknown.has(each.guid))
  const missing: Array<string> = []
  yield* Effect.forEach(
    lost,
    (found) =>
      takeIn(found, missed.has(found.guid)).pipe(
        Effect.map((taken) => {
          if (!taken) missing.push(found.guid)
        }),
        // Gone from the log: there is nothing to come back for.
        Effect.catchIf(isGone, (error) =>
          Effect.logWarning("A delivery that never arrived is no longer in GitHub's log", error.message)
        )
      ),
    { concurrency, discard: true }
  )
  if (lost.length > 0) yield* Effect.logWarning("Deliveries had not arrived; GitHub's log had them", lost.length)
  return missing
})

const readOn = Effect.fnUntraced(function* (progress: Ref.Ref<Progress>) {
  const github = yield* GitHub
  const store = yield* RepairStore
  const now = yield* (yield* StoreClock).now
  const { repair } = yield* Config
  const before = yield* Ref.get(progress)
  if (now < before.pausedUntil) return
  const mark = yield* store.mark(markName)
  // What was sent before runnerd ran for the first time was not meant for it.
  if (Option.isNone(mark)) return yield* store.setMark(markName, now)

  let { complete, cursor, newest } = before
  const missing = new Set(before.missed)
  if (cursor === undefined) {
    complete = true
    newest = mark.value
  }
  for (let page = 0; page < repair.deliveryPages; page += 1) {
    const found = yield* github.hookDeliveries(cursor)
    const times = found.deliveries.map((each) => DateTime.toEpochMillis(each.deliveredAt))
    newest = Math.max(newest, ...times)
    const fresh = found.deliveries.filter((_, index) => times[index]! > mark.value - overlapMillis)
    const missed = yield* takePage(fresh, before.missed)
    for (const each of fresh) missing.delete(each.guid)
    for (const guid of missed) missing.add(guid)
    complete = complete && missed.length === 0
    cursor = found.next
    if (cursor !== undefined && fresh.length === found.deliveries.length) {
      yield* Ref.set(progress, { ...before, cursor, newest, complete, missed: missing })
      continue
    }
    if (complete) yield* store.setMark(markName, newest)
    return yield* Ref.set(progress, { ...beginning, missed: missing })
  }
})

/**
 * Reads on in the log, at most the configured number of pages. After a failure the next look begins anew; a limit of GitHub's
 * is waited for.
 */
export const lookAtLog = Effect.fn("DeliveryRepair.lookAtLog")((progress: Ref.Ref<Progress>) =>
  readOn(progress).pipe(
    Effect.tapErrorTag("GitHubError", (error: GitHubError) =>
      Effect.gen(function* () {
        const pausedUntil = notBefore(ofGitHubError(error), yield* (yield* StoreClock).now) ?? 0
        yield* Ref.update(progress, ({ missed }) => ({ ...beginning, missed, pausedUntil }))
      })
    )
  )
)

/** Only a GitHub App has a log of its deliveries. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { github, repair } = yield* Config
    if (github.auth._tag !== "App") return
    const leadership = yield* Leadership
    const progress = yield* Ref.make(beginning)
    yield* Loop.every("delivery repair", repair.deliveriesInterval, leadership.only(lookAtLog(progress))).pipe(
      Effect.forkScoped
    )
  })
)
