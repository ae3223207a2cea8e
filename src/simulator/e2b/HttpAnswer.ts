// The few things that the simulator's HTTP surfaces share: an answer as data, sending it, reading a body.
//
// Answers for: turning an answer, a refusal or a fault into bytes. Not for what is answered.
import { STATUS_CODES } from "node:http"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import type { FaultAnswer, StreamFault } from "../misbehaviour/Fault.ts"
import type { Faults } from "../misbehaviour/Faults.ts"
import { brokenOff, misbehave } from "../misbehaviour/Misbehave.ts"
import { ControlFailure, namedFailures } from "./ControlFailure.ts"
import type { NamedFailure } from "./ControlFailure.ts"
import type { Operation } from "./Operations.ts"
import type { Timeline } from "./Timeline.ts"

/** Something that writes the response itself, for as long as it likes. */
export interface StreamBody {
  readonly attach: (response: ServerResponse) => void
  /** The answer was spoilt: nobody will ever attach. */
  readonly discard: () => void
  /** It will not go the way it should. */
  readonly spoil: (fault: StreamFault) => void
}

/** A request that has arrived whole. A client that gives up later no longer keeps it from taking effect. */
export interface Call {
  readonly headers: IncomingHttpHeaders
  readonly query: URLSearchParams
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is when a string or bytes, as JSON when anything else, empty when undefined. */
  readonly body?: unknown
  readonly stream?: StreamBody
}

const largestBody = 256 * 1024 * 1024

export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw new ControlFailure(413, "request body is too large")
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** An absent body is an empty object; what follows checks the fields it needs. */
export const parseJson = (body: Buffer): unknown => {
  const text = body.toString()
  if (text === "") return {}
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ControlFailure(400, `Error when parsing request: ${cause instanceof Error ? cause.message : "not JSON"}`)
  }
}

export const send = (response: ServerResponse, answer: Answer): void => {
  if (answer.stream !== undefined) {
    response.writeHead(answer.status, answer.headers)
    answer.stream.attach(response)
    return
  }
  const { body = "" } = answer
  const raw = typeof body === "string" || Buffer.isBuffer(body)
  const payload = raw ? body : JSON.stringify(body)
  response.writeHead(answer.status, {
    ...(raw ? {} : { "content-type": "application/json" }),
    ...(answer.status === 204 ? {} : { "content-length": String(Buffer.byteLength(payload)) }),
    ...answer.headers
  })
  response.end(payload)
}

export const refusal = (failure: ControlFailure): Answer => ({
  status: failure.status,
  headers: failure.headers,
  body: failure.body
})

/** What every call goes through. */
export interface Misbehaving {
  readonly faults: Faults
  readonly timeline: Timeline
}

const spoilt = (answer: Exclude<FaultAnswer, "reset">, real: Answer | undefined): Answer => {
  if (typeof answer === "object" && "stream" in answer) {
    real?.stream?.spoil(answer.stream)
    return real ?? { status: 500 }
  }
  real?.stream?.discard()
  if (answer === "malformed") {
    return { status: real?.status ?? 200, headers: { "content-type": "application/json" }, body: brokenOff(real?.body) }
  }
  if ("failure" in answer) return refusal(namedFailures[answer.failure as NamedFailure])
  const { status, headers = {} } = answer
  const body = "body" in answer ? answer.body : { code: status, message: STATUS_CODES[status] ?? "unknown" }
  return { status, headers, body }
}

/** Runs one call of `operation` with whatever it meets. `effect` throws no refusals but ControlFailure. */
export const serve = async (
  { faults, timeline }: Misbehaving,
  operation: Operation,
  response: ServerResponse,
  effect: () => Answer | Promise<Answer>
): Promise<void> => {
  let stream: StreamBody | undefined
  const answer = await misbehave<Answer>({
    met: faults.take(operation),
    wait: (millis) => new Promise((resolve) => void timeline.at(timeline.now() + millis, resolve)),
    effect: async () => {
      try {
        const real = await effect()
        stream = real.stream
        return real
      } catch (failure) {
        if (failure instanceof ControlFailure) return refusal(failure)
        throw failure
      }
    },
    spoil: spoilt
  })
  if (answer !== undefined) return send(response, answer)
  stream?.discard()
  response.socket?.resetAndDestroy()
}
