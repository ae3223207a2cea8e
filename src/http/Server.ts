// The HTTP server: webhook, management API and its description.
//
// Answers for: what is served, and the timeouts of connections. Not for composing what it needs (App.ts).
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as ByteSize from "effect/ByteSize"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { createServer, type Server } from "node:http"
import { Config } from "../services/config/Config.ts"
import { Api } from "./api/Api.ts"
import { ClientAddress } from "./ClientAddress.ts"
import * as Docs from "./Docs.ts"
import * as Console from "./Console.ts"
import * as Audit from "./handlers/Audit.ts"
import * as Groups from "./handlers/Groups.ts"
import * as Match from "./handlers/Match.ts"
import * as Metrics from "./handlers/Metrics.ts"
import * as Overview from "./handlers/Overview.ts"
import * as Policies from "./handlers/Policies.ts"
import * as Deliveries from "./handlers/Deliveries.ts"
import * as Diagnostics from "./handlers/Diagnostics.ts"
import * as Doctor from "./handlers/Doctor.ts"
import * as DryRun from "./handlers/DryRun.ts"
import * as Explanations from "./handlers/Explanations.ts"
import * as RequestStreams from "./handlers/RequestStreams.ts"
import * as Requests from "./handlers/Requests.ts"
import * as Specs from "./handlers/Specs.ts"
import * as System from "./handlers/System.ts"
import * as Templates from "./handlers/Templates.ts"
import * as AccessLog from "./middleware/AccessLog.ts"
import * as BearerAuthorization from "./middleware/BearerAuthorization.ts"
import * as Cors from "./middleware/Cors.ts"
import * as HttpMetrics from "./middleware/HttpMetrics.ts"
import * as RefusalBodies from "./middleware/RefusalBodies.ts"
import * as SchemaErrorBodies from "./middleware/SchemaErrorBodies.ts"
import * as SecurityHeaders from "./middleware/SecurityHeaders.ts"
import { noting, RouteTable } from "./RouteTable.ts"
import { LiveStreams } from "./LiveStreams.ts"
import { holdUntilServed } from "./EarlyRequests.ts"
import * as Webhooks from "./Webhooks.ts"

/** Headers must be complete after this, whatever the read timeout; the original's figure. */
const headersTimeout = "5 seconds"
const maxHeaderBytes = 1024 * 1024
const shutdownGrace = "5 seconds"

const api = HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(
  Layer.provide([
    Metrics.layer,
    Diagnostics.layer,
    Doctor.layer,
    Overview.layer,
    Requests.layer,
    Explanations.layer,
    DryRun.layer,
    Deliveries.layer,
    RequestStreams.layer,
    Specs.layer,
    Templates.layer,
    Groups.layer,
    Policies.layer,
    Match.layer,
    Audit.layer,
    System.layer
  ]),
  Layer.provide([BearerAuthorization.layer, SchemaErrorBodies.layer])
)

/**
 * Once the server stops listening, a connection ends with the answer it carries. Node closes only those that are
 * idle at that moment; one that becomes idle a millisecond later would hold up the shutdown for its keep-alive time.
 */
const closeWhenIdle = (server: Server) =>
  server.on("request", (_request, response) =>
    response.once("finish", () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  )

const listen = Layer.unwrap(
  Effect.gen(function* () {
    const { server } = yield* Config
    return NodeHttpServer.layer(
      () => {
        const readTimeout = Duration.toMillis(server.readTimeout)
        const httpServer = createServer({
          headersTimeout: Math.min(Duration.toMillis(headersTimeout), readTimeout),
          requestTimeout: readTimeout,
          keepAliveTimeout: Duration.toMillis(server.idleTimeout),
          maxHeaderSize: maxHeaderBytes
        })
        httpServer.timeout = Duration.toMillis(server.writeTimeout)
        closeWhenIdle(httpServer)
        holdUntilServed(httpServer)
        return httpServer
      },
      { port: server.port, host: server.host, gracefulShutdownTimeout: shutdownGrace }
    )
  })
)

/** The management API's bodies are small; the webhook's limit is its own. */
const maxBody = ByteSize.mebibytes(1)

/** A name of 256 characters, each of them escaped in nine, is longer than what the router takes by itself. */
const longestParameter = 256 * 9

const routerConfig = { maxParamLength: longestParameter }

/** The outermost first. */
const middleware = Layer.mergeAll(
  AccessLog.layer,
  HttpMetrics.layer,
  SecurityHeaders.layer,
  Cors.layer,
  RefusalBodies.layer
)

const served = Layer.mergeAll(middleware, api, Console.layer, Docs.layer, Webhooks.layer).pipe(
  Layer.provide(noting),
  Layer.provideMerge(RouteTable.layer(routerConfig)),
  Layer.provide(ClientAddress.layer)
)

const serving = HttpRouter.serve(served, {
  disableLogger: true,
  disableListenLog: true,
  routerConfig
}).pipe(Layer.provide(Layer.succeed(HttpIncomingMessage.MaxBodySize, maxBody)))

/** Serves until its scope closes. Fails with `ServeError` when the address cannot be listened on. */
export const layer = LiveStreams.closedFirst.pipe(
  Layer.provideMerge(serving),
  Layer.provideMerge(LiveStreams.layer),
  Layer.provideMerge(listen)
)
