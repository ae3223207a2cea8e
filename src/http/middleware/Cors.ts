// Which web pages of other origins may call: those of `server.cors_origins`, exactly as written; none unless given.
//
// Gotcha: credentials are never allowed. A token travels in a header that the page itself must set; with cookies or
// stored passwords a page could act in the name of whoever looks at it.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import { Config } from "../../services/config/Config.ts"

/** A browser may go without asking again for as long. */
const maxAge = Duration.toSeconds("10 minutes")

export const layer = Layer.unwrap(
  Effect.map(Config, ({ server }) => {
    if (server.corsOrigins.length === 0) return Layer.empty
    const origins = new Set(server.corsOrigins)
    return HttpRouter.middleware(
      HttpMiddleware.cors({
        // A list of one would be sent to whoever asks.
        allowedOrigins: (origin) => origins.has(origin),
        allowedMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
        allowedHeaders: ["authorization", "content-type", "if-match", "if-none-match", "last-event-id"],
        exposedHeaders: ["etag", "link", "retry-after", "x-limit", "x-offset", "x-total-count", "x-total-count-exact"],
        credentials: false,
        maxAge
      }),
      { global: true }
    )
  })
)
