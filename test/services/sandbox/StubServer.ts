// An HTTP server for one test: answers by a function, remembers what it was asked.
//
// Answers for: a loopback server that lives as long as the test's Scope, and for events to wait for instead
// of time (a request arrived, a client went away).
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface StubRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type StubHandler = (request: StubRequest, response: ServerResponse) => void

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

/** Listens on a free port of 127.0.0.1 until the Scope closes. */
export const stubServer = Effect.fnUntraced(function* (handler: StubHandler) {
  const requests: Array<StubRequest> = []
  const arrived = yield* Deferred.make<StubRequest>()
  const clientGone = yield* Deferred.make<void>()
  const server = createServer((incoming, response) => {
    const chunks: Array<Buffer> = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    response.on("close", () => {
      if (!response.writableFinished) Effect.runFork(Deferred.succeed(clientGone, undefined))
    })
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://stub")
      const request = {
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8")
      }
      requests.push(request)
      Effect.runFork(Deferred.succeed(arrived, request))
      handler(request, response)
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    arrived: Deferred.await(arrived),
    clientGone: Deferred.await(clientGone)
  }
})
