// envd's Connect framing, for stubs.
import type { ServerResponse } from "node:http"

/** One enveloped message: flags, length, JSON. Flags 2 end the stream. */
export const frame = (message: unknown, flags = 0): Buffer => {
  const payload = Buffer.from(JSON.stringify(message))
  const envelope = Buffer.alloc(5 + payload.length)
  envelope[0] = flags
  envelope.writeUInt32BE(payload.length, 1)
  payload.copy(envelope, 5)
  return envelope
}

export const output = (stream: "stdout" | "stderr", text: string | Buffer): Buffer =>
  frame({ event: { data: { [stream]: Buffer.from(text).toString("base64") } } })

export const started = (pid: number): Buffer => frame({ event: { start: { pid } } })
export const ended = (end: Record<string, unknown>): Buffer => frame({ event: { end } })
export const endOfStream = (error?: { code: string; message: string }): Buffer =>
  frame(error === undefined ? {} : { error }, 2)

/** Answers a stream with these frames; the response stays open unless the end of the stream is among them. */
export const stream = (response: ServerResponse, ...frames: ReadonlyArray<Buffer>) => {
  response.writeHead(200, { "content-type": "application/connect+json" })
  for (const one of frames) response.write(one)
  if (frames.some((one) => one[0] === 2)) response.end()
}
