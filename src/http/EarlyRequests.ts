// Requests that come while the service starts.
//
// Answers for: none of them being left without an answer. The socket listens before the routes are built, and Node would
// leave a request that comes in between unanswered until its time is over: a webhook, to GitHub, would have failed.
import type { IncomingMessage, Server, ServerResponse } from "node:http"

/** Whoever comes before the server's next request handler is there waits for it. */
export const holdUntilServed = (server: Server) => {
  const early: Array<readonly [IncomingMessage, ServerResponse]> = []
  const hold = (request: IncomingMessage, response: ServerResponse) => void early.push([request, response])
  const served = (event: string | symbol, handler: (request: IncomingMessage, response: ServerResponse) => void) => {
    if (event !== "request") return
    server.off("newListener", served).off("request", hold)
    for (const [request, response] of early) setImmediate(() => handler(request, response))
  }
  server.on("request", hold).on("newListener", served)
}
