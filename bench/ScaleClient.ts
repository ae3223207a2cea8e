// The process of the client for Scale.ts: runnerd's own service for sandboxes over the unmodified e2b package, a stream
// for each runner, and Octokit for the JIT configurations.
//
// Answers for: opening and following so many runners, and killing each sandbox when its runner ended, as runnerd does.
import { Octokit } from "@octokit/core"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { makeMarkerParser } from "../src/services/sandbox/RunnerMarkers.ts"
import { Sandboxes } from "../src/services/sandbox/Sandboxes.ts"
import { startCommand, startFiles } from "../src/services/sandbox/StartScript.ts"
import { type ClientRequest, scaleApiKey, scaleLabels, scaleToken } from "./ScaleWords.ts"

/** runnerd's default number of provisionings at once. */
const permits = 50

/** Resolves when `count` came. */
const counter = (count: number) => {
  let seen = 0
  const all = Deferred.makeUnsafe<void>()
  return {
    one: Effect.suspend(() => ((seen += 1) === count ? Deferred.succeed(all, undefined) : Effect.void)),
    all: Deferred.await(all)
  }
}

const client = ({ e2b, github }: NonNullable<ClientRequest["connect"]>, count: number) => {
  const octokit = new Octokit({ baseUrl: github, auth: scaleToken })
  const layer = Sandboxes.layer({
    apiKey: Redacted.make(scaleApiKey),
    apiUrl: e2b,
    sandboxUrl: e2b,
    domain: undefined,
    callTimeout: Duration.seconds(60),
    createTimeout: Duration.seconds(120)
  })
  const [listening, running, ended] = [counter(count), counter(count), counter(count)]

  const follow = Effect.fnUntraced(function* (index: number, started: Deferred.Deferred<void>) {
    const sandboxes = yield* Sandboxes
    const runnerName = `scale-${index}`
    const access = yield* sandboxes.create({
      template: "runner",
      timeoutSeconds: 3600,
      metadata: { app: "runnerd", request_id: String(index) }
    })
    const { data } = yield* Effect.promise(() =>
      octokit.request("POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig", {
        owner: "bench",
        repo: "scale",
        name: runnerName,
        runner_group_id: 1,
        labels: scaleLabels
      })
    )
    const files = startFiles({
      requestId: String(index),
      sandboxId: access.sandboxId,
      runnerName,
      traceId: null,
      mode: { _tag: "Jit", encodedJitConfig: Redacted.make(data.encoded_jit_config) }
    })
    for (const { path, content } of files) yield* sandboxes.writeFile(access, path, content)
    const process = yield* sandboxes.start(access, { command: startCommand, envs: {} })
    yield* Deferred.succeed(started, undefined)
    const parser = makeMarkerParser()
    yield* Stream.runForEach(process.output, ({ text }) =>
      Effect.forEach(
        parser.push(text),
        ({ _tag }) => {
          if (_tag === "Listening") return listening.one
          return _tag === "RunningJob" ? running.one : Effect.void
        },
        { discard: true }
      )
    )
    yield* process.exit
    yield* sandboxes.kill(access.sandboxId)
    yield* ended.one
  }, Effect.scoped)

  const all = Effect.forEach(
    Array.from({ length: count }, (_, index) => index),
    (index) =>
      Effect.gen(function* () {
        const started = yield* Deferred.make<void>()
        yield* Effect.forkDetach(
          // Its parent waits for counts that would never be full.
          Effect.onError(follow(index, started), (cause) =>
            Effect.andThen(
              Effect.logError(cause),
              Effect.sync(() => process.exit(1))
            )
          )
        )
        yield* Deferred.await(started)
      }),
    { concurrency: permits, discard: true }
  )
  return { open: Effect.provide(all, layer), listening, running, ended }
}

let urls: NonNullable<ClientRequest["connect"]> | undefined
let opened: ReturnType<typeof client> | undefined

const answer = async (request: ClientRequest): Promise<void> => {
  if (request.connect !== undefined) urls = request.connect
  else if (request.open !== undefined && urls !== undefined) {
    opened = client(urls, request.open)
    await Effect.runPromise(Effect.andThen(opened.open, opened.listening.all))
  } else if (opened !== undefined) {
    await Effect.runPromise(request.untilRunning === true ? opened.running.all : opened.ended.all)
  }
  process.send?.({})
}

process.on("message", (request: ClientRequest) => void answer(request))
