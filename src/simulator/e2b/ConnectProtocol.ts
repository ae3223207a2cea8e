// The Connect protocol with the JSON codec, as far as envd's process service needs it.
//
// Answers for: envelopes, error codes, and one server stream with its keepalives and back-pressure.
// Rules: a streamed message is 1 byte of flags, 4 bytes of big-endian length, JSON; the last envelope has flags 2 and
// holds `{}` or `{"error":…}`; a stream's HTTP status is 200 even then. Unary errors have an HTTP status of their own.
// Gotcha: a stream that is cut (`cut`) sends no last envelope: that is how a dying sandbox looks.
import type { ServerResponse } from "node:http"
import type { Answer } from "./HttpAnswer.ts"

/** Source: connectrpc.com, "Error codes". */
const unaryStatus = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401
} as const

export type ConnectCode = keyof typeof unaryStatus

export const connectCodes = Object.keys(unaryStatus) as ReadonlyArray<ConnectCode>

/** How a stream that is spoilt ends: without a word, without its last envelope, without the process's end, or by a code. */
export const streamEnds: ReadonlyArray<string> = ["cut", "no-end-frame", "no-end-event", ...connectCodes]

const isCode = (end: string): end is ConnectCode => (connectCodes as ReadonlyArray<string>).includes(end)

export class ConnectFailure extends Error {
  readonly code: ConnectCode

  constructor(code: ConnectCode, message: string) {
    super(message)
    this.name = "ConnectFailure"
    this.code = code
  }
}

export const envelope = (message: unknown, flags = 0): Buffer => {
  const payload = Buffer.from(JSON.stringify(message))
  const bytes = Buffer.allocUnsafe(5 + payload.length)
  bytes[0] = flags
  bytes.writeUInt32BE(payload.length, 1)
  payload.copy(bytes, 5)
  return bytes
}

/** The request of a server stream: exactly one envelope. */
export const streamRequest = (body: Buffer): unknown => {
  if (body.length < 5 || body.length < 5 + body.readUInt32BE(1)) {
    throw new ConnectFailure("invalid_argument", "protocol error: incomplete envelope")
  }
  try {
    return JSON.parse(body.subarray(5, 5 + body.readUInt32BE(1)).toString()) as unknown
  } catch {
    throw new ConnectFailure("invalid_argument", "unmarshal message: not JSON")
  }
}

const errorBody = (failure: ConnectFailure) => ({ code: failure.code, message: failure.message })

export const unaryFailure = (failure: ConnectFailure): Answer => ({
  status: unaryStatus[failure.code],
  body: errorBody(failure)
})

const streamHeaders = { "content-type": "application/connect+json" }

/** A stream that fails before its first message. */
export const streamFailure = (failure: ConnectFailure): Answer => ({
  status: 200,
  headers: streamHeaders,
  body: envelope({ error: errorBody(failure) }, 2)
})

/** One server stream. Messages sent before a response is attached wait for it. */
export class ConnectStream {
  #response: ServerResponse | undefined
  #waiting: Array<Buffer> | undefined = []
  #finished = false
  #broken = false
  #keepalive: NodeJS.Timeout | undefined
  readonly #closedListeners: Array<() => void> = []
  /** How many messages still pass before the stream ends in its own way. */
  #left = Number.POSITIVE_INFINITY
  #spoiltEnd = ""
  readonly #keepaliveMs: number
  readonly #keepaliveMessage: unknown

  constructor(keepalive: { everyMs: number; message: unknown }) {
    this.#keepaliveMs = keepalive.everyMs
    this.#keepaliveMessage = keepalive.message
  }

  /** Each listener is called once, when the client is gone or the stream has ended. */
  onClosed(listener: () => void): void {
    this.#closedListeners.push(listener)
  }

  answer(): Answer {
    return {
      status: 200,
      headers: streamHeaders,
      stream: {
        attach: (response) => this.#attach(response),
        discard: () => this.cut(),
        spoil: ({ afterMessages, end }) => this.#spoil(afterMessages, end)
      }
    }
  }

  /** What was sent before the client was there counts too. */
  #spoil(afterMessages: number, end: string): void {
    this.#spoiltEnd = end
    const waiting = this.#waiting ?? []
    this.#left = afterMessages - waiting.length
    if (this.#left > 0) return
    this.#waiting = waiting.slice(0, afterMessages)
    this.#finished = false
    if (this.#response !== undefined) this.#endSpoilt()
  }

  #endSpoilt(): void {
    const end = this.#spoiltEnd
    this.#left = Number.POSITIVE_INFINITY
    if (end === "cut") {
      this.#finish()
      // What was sent arrives, then nothing more.
      this.#response?.socket?.end()
    } else if (end === "no-end-frame") {
      this.#finish()
      this.#response?.end()
    } else this.end(isCode(end) ? new ConnectFailure(end, "spoilt on purpose") : undefined)
  }

  /** Undefined when the client keeps up, else the moment at which it does again (or is gone). */
  send(message: unknown): Promise<void> | undefined {
    if (this.#finished) return undefined
    this.#keepalive?.refresh()
    const drained = this.#write(envelope(message))
    this.#left -= 1
    if (this.#left <= 0 && this.#response !== undefined) this.#endSpoilt()
    return drained
  }

  end(failure?: ConnectFailure): void {
    if (this.#finished) return
    void this.#write(envelope(failure === undefined ? {} : { error: errorBody(failure) }, 2))
    this.#finish()
    this.#response?.end()
  }

  /** Breaks off without a last envelope. */
  cut(): void {
    this.#broken = true
    this.#finish()
    this.#response?.destroy()
  }

  #write(bytes: Buffer): Promise<void> | undefined {
    if (this.#waiting !== undefined) {
      this.#waiting.push(bytes)
      return undefined
    }
    const response = this.#response
    if (response === undefined || response.destroyed || response.write(bytes)) return undefined
    return new Promise((resolve) => {
      const drained = (): void => {
        response.off("drain", drained).off("close", drained)
        resolve()
      }
      response.on("drain", drained).on("close", drained)
    })
  }

  #attach(response: ServerResponse): void {
    if (this.#broken) {
      response.destroy()
      return
    }
    this.#response = response
    response.on("close", () => this.#finish())
    response.flushHeaders()
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const bytes of waiting) response.write(bytes)
    if (this.#left <= 0) return this.#endSpoilt()
    if (this.#finished) {
      response.end()
      return
    }
    this.#keepalive = setTimeout(() => {
      void this.send(this.#keepaliveMessage)
    }, this.#keepaliveMs).unref()
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    clearTimeout(this.#keepalive)
    for (const listener of this.#closedListeners) listener()
  }
}
