// The few things that the simulator's HTTP surfaces share: an answer as data, sending it, reading a body.
//
// Answers for: turning an answer, a refusal or a fault into bytes. Not for what is answered.
// Gotcha: an effect always runs to its end before its answer is sent, so that a fault can spoil the answer alone.
import { STATUS_CODES } from "node:http"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { ControlFailure, namedFailures } from "./ControlFailure.ts"
import type { Fault, Faults, Operation } from "./Faults.ts"

/** Something that writes the response itself, for as long as it likes. */
export interface StreamBody {
  readonly attach: (response: ServerResponse) => void
  /** The answer was spoilt: nobody will ever attach. */
  readonly discard: () => void
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

const spoilt = (fault: Fault): Answer | "reset" => {
  const { answer } = fault
  if (answer === "reset") return "reset"
  if ("failure" in answer) return refusal(namedFailures[answer.failure])
  const { status, headers = {} } = answer
  const body = "body" in answer ? answer.body : { code: status, message: STATUS_CODES[status] ?? "unknown" }
  return { status, headers, body }
}

/**
 * Runs one call of `operation` with the latency and the fault that are due for it. `effect` must turn its own refusals
 * into answers, save for ControlFailure.
 */
export const serve = async (
  faults: Faults,
  operation: Operation,
  response: ServerResponse,
  effect: () => Answer | Promise<Answer>
): Promise<void> => {
  const fault = faults.take(operation)
  const latency = faults.latencyMs(operation)
  if (latency > 0) await sleep(latency)
  let answer: Answer | "reset" | undefined = fault !== undefined && fault.when !== "after" ? spoilt(fault) : undefined
  if (answer === undefined) {
    try {
      answer = await effect()
    } catch (failure) {
      if (!(failure instanceof ControlFailure)) throw failure
      answer = refusal(failure)
    }
    if (fault !== undefined) {
      answer.stream?.discard()
      answer = spoilt(fault)
    }
  }
  if (answer === "reset") response.socket?.resetAndDestroy()
  else send(response, answer)
}
