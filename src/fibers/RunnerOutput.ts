// Following a runner's output: lines to the log store, markers and the end to the actor's mailbox.
//
// Answers for: never blocking the runner (a slow reader back-pressures the process in the sandbox), and storing lines by
// batches, as many as are allowed (LogAllowance.ts, LogStore.trim), without the secrets of the configuration and of its own
// registration. Gotchas: a lost stream is a reconnect, not an end. A registration token is forgotten with the process; the
// runner has printed what it says of its registration by then.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { makeScrubber, seek, type Sought } from "../domain/Scrubber.ts"
import { Config } from "../services/config/Config.ts"
import { configSecrets } from "../services/config/ConfigSecrets.ts"
import type { RunnerdConfig } from "../services/config/RunnerdConfig.ts"
import { makeMarkerParser, type MarkerEvent } from "../services/sandbox/RunnerMarkers.ts"
import type { RunnerProcess } from "../services/sandbox/SandboxTypes.ts"
import { LogStore, type LogStream } from "../services/store/LogStore.ts"
import * as LogAllowance from "./LogAllowance.ts"
import type { RequestHandle } from "./RequestHandle.ts"

const batchPieces = 256
const batchWindow = "500 millis"
/** Characters of a stream that are stored before the whole log is looked at again. */
const trimEvery = 1024 * 1024
const streams: ReadonlyArray<LogStream> = ["stdout", "stderr"]

// An ephemeral runner has one job, so a second name is no news.
const kindOf = (marker: MarkerEvent): string => (marker._tag === "RunnerError" ? marker.kind : marker._tag)

// One for all runners that share it: compiled, it is larger than anything else that lives for one of them.
const soughtBy = new WeakMap<object, Sought>()

const soughtFor = (config: RunnerdConfig, registration: Redacted.Redacted | undefined): Sought => {
  const key = registration ?? config
  const known = soughtBy.get(key)
  if (known !== undefined) return known
  const more = registration === undefined ? [] : [Redacted.value(registration)]
  const sought = seek([...configSecrets(config), ...more])
  soughtBy.set(key, sought)
  return sought
}

/** Forks into the current scope; ends with the stream. */
export const follow = Effect.fn("RunnerOutput.follow")(function* (handle: RequestHandle, process: RunnerProcess) {
  const logs = yield* LogStore
  const parsers = { stdout: makeMarkerParser(), stderr: makeMarkerParser() }

  const sought = soughtFor(yield* Config, handle.registration())
  const scrubbers = { stdout: makeScrubber(sought), stderr: makeScrubber(sought) }
  const allowances = { stdout: LogAllowance.make(LogAllowance.usual), stderr: LogAllowance.make(LogAllowance.usual) }
  const told = new Set<string>()

  // Each kind once: whoever prints a marker without end must not flood the mailbox.
  const toMailbox = (stream: LogStream, text: string) => {
    for (const marker of parsers[stream].push(text)) {
      const kind = kindOf(marker)
      if (told.has(kind)) continue
      told.add(kind)
      Queue.offerUnsafe(handle.mailbox, { _tag: "Marker", marker })
    }
  }

  const untrimmed = { stdout: 0, stderr: 0 }

  const trim = (stream: LogStream) =>
    logs
      .trim(handle.id, stream)
      .pipe(Effect.catch((error) => Effect.logWarning("A runner's long log could not be shortened", error.message)))

  const append = Effect.fnUntraced(function* (stream: LogStream, text: string) {
    if (text === "") return
    yield* logs.append({ requestId: handle.id, fence: handle.current().fence, stream, text })
    untrimmed[stream] += text.length
    if (untrimmed[stream] < trimEvery) return
    untrimmed[stream] = 0
    yield* trim(stream)
  })

  const store = Effect.fnUntraced(function* (pieces: ReadonlyArray<{ stream: LogStream; text: string }>) {
    const now = yield* Clock.currentTimeMillis
    for (const stream of streams) {
      const printed = pieces.filter((piece) => piece.stream === stream).map((piece) => piece.text)
      if (printed.length > 0)
        yield* append(stream, allowances[stream].push(scrubbers[stream].push(printed.join("")), now))
    }
  })

  const storeRest = Effect.forEach(
    streams,
    (stream) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        yield* append(stream, allowances[stream].push(scrubbers[stream].end(), now) + allowances[stream].end())
      }),
    { discard: true }
  )

  yield* process.output.pipe(
    Stream.tap((piece) => Effect.sync(() => toMailbox(piece.stream, piece.text))),
    Stream.groupedWithin(batchPieces, batchWindow),
    Stream.runForEach(store),
    Effect.ensuring(storeRest),
    // The end is told only after the last line was stored and the last marker is in the mailbox.
    Effect.andThen(process.exit),
    Effect.matchCauseEffect({
      onSuccess: (exit) => Queue.offer(handle.mailbox, { _tag: "Exited", ...exit }),
      // Whatever it was, nobody follows the runner any more.
      onFailure: (cause) => Queue.offer(handle.mailbox, { _tag: "StreamLost", detail: Cause.pretty(cause) })
    }),
    Effect.forkScoped
  )
})
