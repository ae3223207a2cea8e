// Taking in the deliveries that GitHub made or tried to make, and that never arrived here.
//
// Answers for: reading the App's log of deliveries from the newest back to where it was read last, and feeding what was never
// taken in to the same intake as webhooks, known by its GUID. Not for asking GitHub to send again: the body is in the log, and
// what kept GitHub from reaching us may still do.
// Gotchas: a delivery that says "queued" may be hours old, so GitHub's present word on its job is asked first, and a "not found"
// is believed only at the second look. One that cannot be taken in now, for its account's limit or a failure that may pass,
// is left for the next look and holds up no other. The mark moves no further than the oldest of them, so that a restart finds
// them again. GitHub keeps three days.
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

/** A delivery that never arrived and has not been taken in yet. */
interface Left {
  readonly found: HookDelivery
  /** GitHub did not know its job when it was last asked. */
  readonly missed: boolean
}

/** All times are epoch milliseconds. */
export interface Progress {
  /** Where the reading of what is older goes on; undefined: from the newest. */
  readonly cursor: string | undefined
  /** The time up to which everything will have been read then. */
  readonly newest: number
  /** The time up to which this process has read everything; 0: it has not yet. */
  readonly reached: number
  /** By GUID. */
  readonly left: ReadonlyMap<string, Left>
  /** Until when GitHub does not want to be asked for the jobs of these installations. */
  readonly paused: ReadonlyMap<number | null, number>
  /** Until when GitHub does not want to be asked for the log. */
  readonly pausedUntil: number
}

export const beginning: Progress = {
  cursor: undefined,
  newest: 0,
  reached: 0,
  left: new Map(),
  paused: new Map(),
  pausedUntil: 0
}

const ignoredEvent: WebhookEvent = { _tag: "Ignored", action: null, reason: "event" }

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

/** What became of one. `Missed`: GitHub does not know its job, for the first time. `until`: when its account's limit is over. */
type Outcome = { readonly _tag: "Over" | "Missed" } | { readonly _tag: "Later"; readonly until: number | undefined }

const over: Outcome = { _tag: "Over" }

/** A limit of the log, and credentials that are refused, are no single delivery's. */
const concernsAll = (error: GitHubError): boolean =>
  error.reason._tag === "Unauthorized" ||
  (error.operation === "hookDeliveryBody" && ofGitHubError(error)._tag === "Deferred")

const afterFailure = Effect.fnUntraced(function* (error: GitHubError): Effect.fn.Return<Outcome, never, StoreClock> {
  const disposition = ofGitHubError(error)
  if (disposition._tag === "Fatal" || error.reason._tag === "MalformedAnswer") {
    yield* Effect.logWarning("A delivery that never arrived cannot be taken in and is given up", error.message)
    return over
  }
  yield* Effect.logWarning(
    "A delivery that never arrived could not be taken in; a later look tries again",
    error.message
  )
  return { _tag: "Later", until: notBefore(disposition, yield* (yield* StoreClock).now) }
})

/** Fails for what concerns all deliveries alike. */
const takeIn = Effect.fn("DeliveryRepair.takeIn")(
  function* ({
    found,
    missed
  }: Left): Effect.fn.Return<Outcome, GitHubError | StoreError, GitHub | IntakeStore | Config | StoreClock> {
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
      return over
    }
    const facts = yield* withPresent(delivery.facts)
    if (facts === undefined && !missed) return { _tag: "Missed" }
    yield* intake.take({ ...delivery, facts: facts ?? null })
    return over
  },
  Effect.catchTag("GitHubError", (error: GitHubError) =>
    concernsAll(error) ? Effect.fail(error) : afterFailure(error)
  ),
  Effect.catchTag("StoreError", (error: StoreError) =>
    Effect.as(Effect.logError("A delivery that never arrived could not be stored", error.kind), {
      _tag: "Later",
      until: undefined
    } satisfies Outcome)
  ),
  (taken, { found }) => Effect.annotateLogs(taken, { delivery: found.guid })
)

/** Takes these in; what has to wait is in `left` afterwards, and whose account has to in `paused`. */
const takeAll = Effect.fnUntraced(function* (
  all: ReadonlyArray<Left>,
  left: Map<string, Left>,
  paused: Map<number | null, number>
) {
  const unknown = yield* (yield* RepairStore).unknownDeliveries(all.map(({ found }) => found.guid))
  const lost = all.filter(({ found }) => unknown.has(found.guid))
  for (const { found } of all) left.delete(found.guid)
  for (const each of lost) left.set(each.found.guid, each)
  const one = Effect.fnUntraced(function* (each: Left) {
    const { guid, installationId } = each.found
    if (paused.has(installationId)) return
    const outcome = yield* takeIn(each)
    if (outcome._tag === "Over") left.delete(guid)
    if (outcome._tag === "Missed") left.set(guid, { ...each, missed: true })
    if (outcome._tag === "Later" && outcome.until !== undefined) paused.set(installationId, outcome.until)
  })
  yield* Effect.forEach(lost, one, { concurrency, discard: true })
  return lost.length
})

/** Those of a page that are for us, each once. */
const ours = Effect.fnUntraced(function* (page: ReadonlyArray<HookDelivery>) {
  const { installation } = intakeRules(yield* Config)
  const wanted = page.filter((each) => events.has(each.event) && !isForeign(installation, each.installationId))
  return [...new Map(wanted.map((each) => [each.guid, each])).values()]
})

const timeOf = ({ deliveredAt }: HookDelivery) => DateTime.toEpochMillis(deliveredAt)

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

  const left = new Map(before.left)
  const paused = new Map([...before.paused].filter(([, until]) => until > now))
  // What is learnt of them stays, whatever becomes of this look.
  yield* Ref.set(progress, { ...before, left, paused })
  yield* takeAll([...left.values()], left, paused)
  const read = Math.max(mark.value, before.reached)
  let { cursor, newest } = before
  if (cursor === undefined) newest = read
  for (let page = 0; page < repair.deliveryPages; page += 1) {
    const found = yield* github.hookDeliveries(cursor)
    newest = Math.max(newest, ...found.deliveries.map(timeOf))
    const fresh = found.deliveries.filter((each) => timeOf(each) > read - overlapMillis)
    const unread = (yield* ours(fresh)).filter(({ guid }) => !left.has(guid))
    const lost = yield* takeAll(
      unread.map((each) => ({ found: each, missed: false })),
      left,
      paused
    )
    if (lost > 0) yield* Effect.logWarning("Deliveries had not arrived; GitHub's log had them", lost)
    cursor = found.next
    if (cursor !== undefined && fresh.length === found.deliveries.length) {
      yield* Ref.set(progress, { ...before, cursor, newest, left, paused })
      continue
    }
    yield* store.setMark(
      markName,
      Math.max(mark.value, Math.min(newest, ...[...left.values()].map(({ found }) => timeOf(found))))
    )
    return yield* Ref.set(progress, { ...beginning, reached: newest, left, paused })
  }
})

/**
 * Takes in what was left, then reads on in the log, at most the configured number of pages. After a failure the next look reads
 * from the newest again; a limit of the log's is waited for.
 */
export const lookAtLog = Effect.fn("DeliveryRepair.lookAtLog")((progress: Ref.Ref<Progress>) =>
  readOn(progress).pipe(
    Effect.tapErrorTag("GitHubError", (error: GitHubError) =>
      Effect.gen(function* () {
        const pausedUntil = notBefore(ofGitHubError(error), yield* (yield* StoreClock).now) ?? 0
        yield* Ref.update(progress, (before) => ({ ...before, cursor: undefined, newest: 0, pausedUntil }))
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
