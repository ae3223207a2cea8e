// Sends what no decent client would, on connections that are kept.
import { Agent, request as open } from "node:http"
import type { FuzzedRequest } from "./RequestArbitrary.ts"
import type { SeenAnswer } from "./Judge.ts"

export class Wire {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  /** A stream of events is left once it has begun. */
  send({ address, body, headers, method }: FuzzedRequest): Promise<SeenAnswer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) }
      const sent = open(
        {
          agent: this.#agent,
          host: "127.0.0.1",
          port: this.#port,
          method,
          path: address,
          headers: { ...headers, ...length }
        },
        (response) => {
          const answer = {
            status: response.statusCode ?? 0,
            headers: response.headers as SeenAnswer["headers"]
          }
          if (method !== "HEAD" && answer.headers["content-type"]?.startsWith("text/event-stream") === true) {
            response.destroy()
            resolve({ ...answer, text: undefined })
            return
          }
          const parts: Array<Buffer> = []
          response.on("data", (part: Buffer) => parts.push(part))
          response.on("end", () => resolve({ ...answer, text: Buffer.concat(parts).toString() }))
          response.on("error", reject)
        }
      )
      sent.on("error", reject)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
