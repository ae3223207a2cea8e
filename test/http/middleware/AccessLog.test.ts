import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { createServer } from "node:http"
import { ClientAddress } from "../../../src/http/ClientAddress.ts"
import * as AccessLog from "../../../src/http/middleware/AccessLog.ts"
import * as Cors from "../../../src/http/middleware/Cors.ts"
import * as RefusalBodies from "../../../src/http/middleware/RefusalBodies.ts"
import * as SecurityHeaders from "../../../src/http/middleware/SecurityHeaders.ts"
import { noting, RouteTable } from "../../../src/http/RouteTable.ts"
import { Config } from "../../../src/services/config/Config.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { call, delivery, jobPayload, manage, served } from "../ServerFixture.ts"

const base = makeConfig()
const config = {
  ...base,
  server: { ...base.server, accessLog: true, trustedProxies: [{ address: "127.0.0.1", bits: 32 }] }
}

interface Line {
  readonly message: unknown
  readonly level: string
  readonly annotations: Record<string, unknown>
}

/** The lines about requests, as they are written; each is waited for. */
const lines = Effect.fnUntraced(function* () {
  const queue = yield* Queue.unbounded<Line>()
  const logger = Logger.map(Logger.formatStructured, (line) => {
    if (line.message === "request") Queue.offerUnsafe(queue, line)
  })
  return { queue, layer: Logger.layer([logger]) }
})

const story = <A, E>(title: string, body: (next: Effect.Effect<Line>) => Effect.Effect<A, E, HttpServer.HttpServer>) =>
  it.live(title, () =>
    Effect.gen(function* () {
      const { layer, queue } = yield* lines()
      yield* Effect.provide(body(Queue.take(queue)), served(config).pipe(Layer.provide(layer)))
    })
  )

describe("the access log", () => {
  story("has a line for each request, with the route's pattern and who asked", (next) =>
    Effect.gen(function* () {
      yield* manage("GET", "/runner_requests/101?token=hush")
      const { annotations, level } = yield* next
      assert.strictEqual(level, "INFO")
      assert.deepInclude(annotations, {
        method: "GET",
        route: "/runner_requests/:id",
        status: 404,
        actor: "admin_api",
        remote: "127.0.0.1"
      })
      assert.isAtLeast(annotations["ms"] as number, 0)
      assert.notProperty(annotations, "aborted")
    })
  )

  story("names nobody who was not recognised, and never what was sent", (next) =>
    Effect.gen(function* () {
      const headers = { authorization: "Bearer hush", "x-forwarded-for": "203.0.113.9" }
      yield* call("GET", "/runner_specs?hush=hush", { headers })
      const { annotations } = yield* next
      assert.deepInclude(annotations, { status: 401, actor: undefined, remote: "203.0.113.9", route: "/runner_specs" })
      assert.notInclude(JSON.stringify(annotations), "hush")
      yield* call("GET", "/hush/hush")
      assert.notInclude(JSON.stringify((yield* next).annotations), "hush")
    })
  )

  story("names event and delivery of a webhook, cut when they are longer than GitHub's", (next) =>
    Effect.gen(function* () {
      yield* delivery(jobPayload())
      assert.deepInclude((yield* next).annotations, {
        route: "/webhooks/github",
        status: 202,
        event: "workflow_job",
        delivery: "guid-1"
      })
      yield* delivery(jobPayload(), { "x-github-delivery": "x".repeat(5000) })
      assert.deepInclude((yield* next).annotations, { status: 400, delivery: "x".repeat(100) })
    })
  )

  story("has the route of HEAD, of the console and of what is not allowed", (next) =>
    Effect.gen(function* () {
      for (const [method, path, expected] of [
        ["HEAD", "/healthz", { route: "/healthz", status: 200 }],
        ["GET", "/admin/assets/none.js", { route: "/admin/*", status: 404 }],
        ["GET", "/admin", { route: "/admin/*" }],
        ["PUT", "/healthz", { route: undefined, status: 405 }]
      ] as const) {
        yield* call(method, path, { redirect: "manual" })
        assert.deepInclude((yield* next).annotations, expected)
      }
    })
  )
})

/** One route that streams, behind everything that stands around all routes. */
const streaming = (stream: Stream.Stream<string>) =>
  HttpRouter.serve(
    Layer.mergeAll(
      AccessLog.layer,
      SecurityHeaders.layer,
      Cors.layer,
      RefusalBodies.layer,
      HttpRouter.add("GET", "/stream", HttpServerResponse.stream(Stream.encodeText(stream)))
    ).pipe(Layer.provide(noting), Layer.provide(RouteTable.layer({})), Layer.provide(ClientAddress.layer)),
    { disableLogger: true, disableListenLog: true }
  ).pipe(
    Layer.provide(
      Layer.succeed(Config, { ...config, server: { ...config.server, corsOrigins: ["https://tools.example.com"] } })
    ),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
  )

const read = Effect.fnUntraced(function* () {
  const { address } = yield* HttpServer.HttpServer
  const response = yield* Effect.promise(() => fetch(`${HttpServer.formatAddress(address)}/stream`))
  return response.body!.pipeThrough(new TextDecoderStream()).getReader()
})

describe("an answer that streams", () => {
  it.live("goes out piece by piece through all middleware, and is logged when it ends (E-126)", () =>
    Effect.gen(function* () {
      const { layer, queue } = yield* lines()
      const goOn = yield* Deferred.make<void>()
      const pieces = Stream.concat(
        Stream.succeed("first"),
        Stream.fromEffect(Effect.as(Deferred.await(goOn), "second"))
      )
      yield* Effect.gen(function* () {
        const reader = yield* read()
        assert.deepEqual(yield* Effect.promise(() => reader.read()), { done: false, value: "first" })
        assert.strictEqual(yield* Queue.size(queue), 0)
        yield* Deferred.succeed(goOn, undefined)
        assert.deepEqual(yield* Effect.promise(() => reader.read()), { done: false, value: "second" })
        assert.isTrue((yield* Effect.promise(() => reader.read())).done)
        assert.deepInclude((yield* Queue.take(queue)).annotations, { route: "/stream", status: 200 })
      }).pipe(Effect.provide(streaming(pieces).pipe(Layer.provide(layer))))
    })
  )

  it.live("ends when its reader goes away, and is logged as aborted", () =>
    Effect.gen(function* () {
      const { layer, queue } = yield* lines()
      const ended = yield* Deferred.make<void>()
      const endless = Stream.concat(Stream.succeed("first"), Stream.never).pipe(
        Stream.ensuring(Deferred.succeed(ended, undefined))
      )
      yield* Effect.gen(function* () {
        const reader = yield* read()
        yield* Effect.promise(() => reader.read())
        yield* Effect.promise(() => reader.cancel())
        yield* Deferred.await(ended)
        assert.deepInclude((yield* Queue.take(queue)).annotations, { route: "/stream", status: 200, aborted: true })
      }).pipe(Effect.provide(streaming(endless).pipe(Layer.provide(layer))))
    })
  )
})
