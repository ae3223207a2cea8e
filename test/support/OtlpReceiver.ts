// A collector of OpenTelemetry data that keeps what it gets.
//
// Answers for: OTLP over HTTP as JSON, decoded; whatever else is sent is kept as bytes. Not for judging it (TraceTrees.ts).
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"

interface Value {
  readonly stringValue?: string
  readonly intValue?: string | number
  readonly boolValue?: boolean
}

interface KeyValue {
  readonly key: string
  readonly value: Value
}

interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: ReadonlyArray<KeyValue>
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: ReadonlyArray<KeyValue> }>
  readonly status: { readonly code: number; readonly message?: string }
}

type Fields = Readonly<Record<string, string | number | boolean | undefined>>

export interface ReceivedSpan extends Omit<SentSpan, "attributes"> {
  readonly attributes: Fields
  /** Of the process that sent it. */
  readonly resource: Fields
}

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface OtlpReceiver {
  readonly url: string
  readonly received: ReadonlyArray<Received>
  readonly spans: () => ReadonlyArray<ReceivedSpan>
  readonly logs: () => ReadonlyArray<{ readonly body: string | undefined; readonly attributes: Fields }>
  /** What it answers from now on. */
  readonly answer: (status: number, headers?: Record<string, string>) => void
  readonly close: () => Promise<void>
}

const fields = (entries: ReadonlyArray<KeyValue>): Fields =>
  Object.fromEntries(
    entries.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue ?? undefined])
  )

interface Resource {
  readonly attributes: ReadonlyArray<KeyValue>
}

const isJson = ({ headers }: Received) => headers["content-type"] === "application/json"

export const openOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const received: Array<Received> = []
  let status = 200
  let headers: Record<string, string> = {}
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const whole = Buffer.concat(chunks)
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole
      received.push({ path: request.url ?? "", headers: request.headers, body })
      response.writeHead(status, headers).end("{}")
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const documents = <A>(path: string) =>
    received.filter((each) => each.path === path && isJson(each)).map(({ body }) => JSON.parse(body.toString()) as A)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    spans: () =>
      documents<{
        resourceSpans: Array<{ resource: Resource; scopeSpans: Array<{ spans: Array<SentSpan> }> }>
      }>("/v1/traces").flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map((span) => ({
              ...span,
              attributes: fields(span.attributes),
              resource: fields(resource.attributes)
            }))
          )
        )
      ),
    logs: () =>
      documents<{
        resourceLogs: Array<{
          scopeLogs: Array<{ logRecords: Array<{ body?: Value; attributes: Array<KeyValue> }> }>
        }>
      }>("/v1/logs").flatMap(({ resourceLogs }) =>
        resourceLogs.flatMap(({ scopeLogs }) =>
          scopeLogs.flatMap(({ logRecords }) =>
            logRecords.map(({ attributes, body }) => ({ body: body?.stringValue, attributes: fields(attributes) }))
          )
        )
      ),
    answer: (next, more = {}) => {
      status = next
      headers = more
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
