// The load generator: so many requests in flight over as many keep-alive connections, each answered before its next.
//
// Answers for: rate, latency of each answer, and that every status is an expected one.
// Gotcha: it works on bare sockets and finished bytes, because it shares the machine with what it measures: an HTTP
// client costs more per request than the server of the floor does. It understands answers with a Content-Length only.
import { connect, type Socket } from "node:net"

export interface LoadResult {
  readonly requests: number
  /** From the first byte written to the last answer read. */
  readonly seconds: number
  readonly perSecond: number
  /** Milliseconds from writing a request to having read its whole answer. */
  readonly latencies: ReadonlyArray<number>
}

export interface LoadOptions {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly requests: ReadonlyArray<Buffer>
  readonly inFlight: number
  /** Any other status ends the run. */
  readonly expected: ReadonlyArray<number>
}

const headEnd = Buffer.from("\r\n\r\n")

/** The status and the length of the first whole answer in `bytes`, or undefined while some of it is missing. */
const firstAnswer = (bytes: Buffer): { readonly status: number; readonly length: number } | undefined => {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return undefined
  const head = bytes.toString("latin1", 0, end)
  const contentLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (contentLength === undefined) throw new Error(`an answer without Content-Length:\n${head}`)
  const length = end + headEnd.length + Number(contentLength)
  return bytes.length < length ? undefined : { status: Number(head.slice(9, 12)), length }
}

const open = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", noDelay: true })
    socket.once("error", reject)
    socket.once("connect", () => {
      socket.off("error", reject)
      resolve(socket)
    })
  })

/** Sends every request once. Rejects at the first unexpected status or broken connection. */
export const load = async (options: LoadOptions): Promise<LoadResult> => {
  const { expected, requests } = options
  const sockets = await Promise.all(
    Array.from({ length: Math.min(options.inFlight, requests.length) }, () => open(options.url))
  )
  const latencies: Array<number> = []
  let next = 0
  const began = performance.now()

  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0
      let received: Buffer = Buffer.alloc(0)
      const send = () => {
        const request = requests[next]
        if (request === undefined) return resolve()
        next += 1
        sentAt = performance.now()
        socket.write(request)
      }
      socket.on("data", (chunk) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
        try {
          const answer = firstAnswer(received)
          if (answer === undefined) return
          if (!expected.includes(answer.status)) throw new Error(`unexpected answer:\n${received.toString()}`)
          latencies.push(performance.now() - sentAt)
          received = received.subarray(answer.length)
          send()
        } catch (failure) {
          reject(failure)
        }
      })
      socket.once("error", reject)
      socket.once("close", () => reject(new Error("the server closed a connection in the middle of the run")))
      send()
    })

  try {
    await Promise.all(sockets.map(drive))
    const seconds = (performance.now() - began) / 1000
    return { requests: requests.length, seconds, perSecond: requests.length / seconds, latencies }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}
