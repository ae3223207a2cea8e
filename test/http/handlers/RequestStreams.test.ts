import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as HttpServer from "effect/http/HttpServer"
import { LiveStreams, mostStreams } from "../../../src/http/LiveStreams.ts"
import { LogStore } from "../../../src/services/store/LogStore.ts"
import { OperatorStore } from "../../../src/services/store/OperatorStore.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { amend, deliver, saveSpec, unconditionally } from "../../support/StoreScenes.ts"
import { manage, served, story, withToken } from "../ServerFixture.ts"

interface Told {
  readonly id: string | undefined
  readonly event: string
  readonly data: Record<string, unknown>
}

const parsed = (block: string): Told => {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1]
  return { id: field("id"), event: field("event") ?? "message", data: JSON.parse(field("data") ?? "null") as never }
}

/** Reads server-sent events one by one, as a client does that gets them by fetch. */
class Reader {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>
  readonly #abort: AbortController
  readonly #decoder = new TextDecoder()
  #text = ""

  constructor(response: Response, abort: AbortController) {
    this.#body = response.body!.getReader()
    this.#abort = abort
  }

  /** Undefined once the stream has ended as it should. */
  async next(): Promise<Told | undefined> {
    while (true) {
      const end = this.#text.indexOf("\n\n")
      if (end >= 0) {
        const block = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        const told = parsed(block)
        if (told.event !== "heartbeat") return told
        continue
      }
      const { done, value } = await this.#body.read()
      if (done) return undefined
      this.#text += this.#decoder.decode(value, { stream: true })
    }
  }

  leave(): void {
    this.#abort.abort()
  }
}

const connect = Effect.fnUntraced(function* (path: string, headers: Record<string, string> = {}) {
  const { address } = yield* HttpServer.HttpServer
  const url = `${HttpServer.formatAddress(address).replace("0.0.0.0", "127.0.0.1")}${path}`
  const abort = new AbortController()
  const response = yield* Effect.promise(() =>
    fetch(url, { headers: { ...withToken, ...headers }, signal: abort.signal })
  )
  return { response, reader: new Reader(response, abort) }
})
const next = (reader: Reader) => Effect.promise(() => reader.next())

describe("live requests", () => {
  story(
    "tell at once what is new, what changed, and what left the list; what the list has nothing to do with is not told (E-126)",
    Effect.gen(function* () {
      yield* saveSpec()
      const { reader, response } = yield* connect("/runner_requests/stream?status=queued&repository=acme/web")
      assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/)
      assert.strictEqual((yield* next(reader))?.event, "ready")
      yield* deliver({ jobId: 100, repository: "acme/api" })
      yield* deliver({ jobId: 101 })
      const added = yield* next(reader)
      assert.deepInclude(added, { event: "request" })
      assert.deepStrictEqual([added?.data], (yield* manage("GET", "/runner_requests?repository=acme/web")).json)
      assert.deepInclude(added?.data["waiting"], { code: "no_node" })
      yield* OperatorStore.use((store) => store.stop("101", "why not", unconditionally))
      const changed = yield* next(reader)
      assert.deepInclude(changed?.data, { id: "101", stop_reason: "why not" })
      yield* amend("101", { status: "failed", updatedAt: Number(changed?.id) + 1 })
      const left = yield* next(reader)
      assert.deepInclude(left, { event: "left", data: { id: "101" } })
      reader.leave()
    })
  )
  story(
    "a client that comes back with the last id is told what it missed",
    Effect.gen(function* () {
      yield* saveSpec()
      const first = yield* connect("/runner_requests/stream")
      const ready = yield* next(first.reader)
      first.reader.leave()
      yield* deliver({ jobId: 101 })
      const second = yield* connect("/runner_requests/stream", { "last-event-id": ready?.id ?? "" })
      assert.deepInclude(yield* next(second.reader), { id: ready?.id, event: "ready" })
      assert.deepInclude((yield* next(second.reader))?.data, { id: "101" })
      second.reader.leave()
      const wrong = yield* connect("/runner_requests/stream", { "last-event-id": "yesterday" })
      assert.strictEqual(wrong.response.status, 400)
    })
  )
  story(
    "a timeline is told from its beginning, or from after the last entry that arrived, and then as it grows",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const { reader } = yield* connect("/runner_requests/101/events/stream")
      const queued = yield* next(reader)
      assert.deepInclude(queued?.data, { code: "queued" })
      yield* OperatorStore.use((store) => store.stop("101", null, unconditionally))
      assert.deepInclude((yield* next(reader))?.data, { code: "stop_asked" })
      reader.leave()
      const again = yield* connect("/runner_requests/101/events/stream", { "last-event-id": queued?.id ?? "" })
      assert.deepInclude((yield* next(again.reader))?.data, { code: "stop_asked" })
      again.reader.leave()
      assert.strictEqual((yield* connect("/runner_requests/nobody/events/stream")).response.status, 404)
    })
  )
  story(
    "a log is told from its end on, each part once",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const print = (text: string) =>
        LogStore.use((logs) => logs.append({ requestId: "101", fence: 0, stream: "stdout", text }))
      yield* print("one\n")
      yield* print("two\r\n")
      const { reader } = yield* connect("/runner_requests/101/logs/stdout.log/stream")
      const end = yield* next(reader)
      assert.deepStrictEqual(end?.data, { text: "one\ntwo\r\n" })
      yield* LogStore.use((logs) => logs.append({ requestId: "other", fence: 0, stream: "stdout", text: "no\n" }))
      yield* print("three\n")
      assert.deepStrictEqual((yield* next(reader))?.data, { text: "three\n" })
      reader.leave()
      const again = yield* connect("/runner_requests/101/logs/stdout.log/stream", { "last-event-id": end?.id ?? "" })
      assert.deepStrictEqual((yield* next(again.reader))?.data, { text: "three\n" })
      again.reader.leave()
      const short = yield* connect("/runner_requests/101/logs/stdout.log/stream?tail=4")
      assert.deepStrictEqual((yield* next(short.reader))?.data, { text: "ree\n" })
      short.reader.leave()
      const control = yield* connect("/runner_requests/101/logs/control.log/stream")
      assert.match(String((yield* next(control.reader))?.data["text"]), / queued: /)
      control.reader.leave()
    })
  )
})

describe("streams that are open", () => {
  const openNow = Effect.flatMap(LiveStreams, (live) => live.open)
  const untilOpen = (count: number) =>
    Effect.repeat(Effect.andThen(Effect.yieldNow, openNow), { until: (n) => n === count })

  story(
    "two hundred clients come and vanish, and nothing of them remains",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const paths = [
        "/runner_requests/stream",
        "/runner_requests/101/events/stream",
        "/runner_requests/101/logs/stdout.log/stream"
      ]
      const clients = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, n) => paths[n % paths.length]!),
        (path) => connect(path),
        { concurrency: 20 }
      )
      yield* untilOpen(200)
      for (const { reader } of clients) reader.leave()
      yield* untilOpen(0)
    })
  )
  it.live("end as they should when the server stops, so that it need not wait for them", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(served(makeConfig()), scope)
      const { reader } = yield* Effect.provide(connect("/runner_requests/stream"), context)
      assert.strictEqual((yield* next(reader))?.event, "ready")
      const stopping = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      // Whoever is cut off reads an error instead of an end.
      assert.isUndefined(yield* next(reader))
      yield* Fiber.join(stopping)
    })
  )
  story(
    "one too many is 503 and says why; when one has gone there is room again",
    Effect.gen(function* () {
      yield* saveSpec()
      const clients = yield* Effect.forEach(
        Array.from({ length: mostStreams }),
        () => connect("/runner_requests/stream"),
        { concurrency: 20 }
      )
      yield* untilOpen(mostStreams)
      const refused = yield* manage("GET", "/runner_requests/stream")
      assert.strictEqual(refused.status, 503)
      assert.deepInclude(refused.json, { code: "unavailable" })
      clients[0]?.reader.leave()
      yield* untilOpen(mostStreams - 1)
      assert.strictEqual((yield* connect("/runner_requests/stream")).response.status, 200)
      for (const { reader } of clients) reader.leave()
    })
  )
})
