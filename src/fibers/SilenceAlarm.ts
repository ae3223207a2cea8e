// The alarm for webhooks that stop while GitHub is active.
//
// Answers for: telling, in the log and by /readyz, when jobs have come to be known in other ways for
// `repair.silence_alarm_seconds` and no workflow_job webhook has arrived since the first of them. A quiet night is no silence.
// Gotcha: it hears by what the other paths find, so it is no faster than they are.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Config } from "../services/config/Config.ts"
import { type Heard, RepairStore } from "../services/store/RepairStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { silenceCode as code, Warnings } from "../services/Warnings.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.minutes(1)

const instant = (millis: number) => DateTime.formatIso(DateTime.makeUnsafe(millis))

const messageOf = ({ heardAt }: Heard, unheardSince: number) =>
  `GitHub has had jobs for runnerd since ${instant(unheardSince)}, but no workflow_job webhook has arrived ` +
  `${heardAt === null ? "yet" : `since ${instant(heardAt)}`}: look at the webhook's address, secret, events and recent deliveries at GitHub.`

export const listen = Effect.fn("SilenceAlarm.listen")(function* () {
  const { repair } = yield* Config
  const warnings = yield* Warnings
  const now = yield* (yield* StoreClock).now
  const heard = yield* (yield* RepairStore).heard
  const { unheardSince } = heard
  if (unheardSince !== null && now - unheardSince >= Duration.toMillis(repair.silenceAlarm)) {
    const message = messageOf(heard, unheardSince)
    const isNew = yield* warnings.raise({ code, message })
    if (isNew) yield* Effect.logError(message).pipe(Effect.annotateLogs({ code }))
    return
  }
  const ended = yield* warnings.takeBack(code)
  if (ended) yield* Effect.logInfo("Webhooks arrive again").pipe(Effect.annotateLogs({ code }))
})

export const layer = Layer.effectDiscard(Loop.every("silence alarm", interval, listen()).pipe(Effect.forkScoped))
