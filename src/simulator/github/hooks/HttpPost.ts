// One attempt to deliver a webhook over HTTP.
//
// Answers for: the connection, GitHub's time limit, and what the delivery's record shows of the answer. Gotcha: GitHub's words
// for a refused connection and a timeout (and 502, 504 for them) are unverified.
import * as http from "node:http"
import * as https from "node:https"
import type { SimulatorClock } from "../Environment.ts"

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Status and status code as the delivery's record shows them. */
export interface PostAnswer {
  readonly status: string
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export interface Poster {
  /** Never rejects. */
  readonly post: (request: PostRequest) => Promise<PostAnswer>
  readonly close: () => void
}

const keptResponseCharacters = 4096

const without = (status: string, statusCode: number): PostAnswer => ({ status, statusCode, headers: {}, body: "" })

export const refusedConnection = without("failed to connect to host", 502)
export const timedOut = without("timed out", 504)

/** `limitMillis`: within which the receiver must answer. */
export const httpPoster = (clock: SimulatorClock, limitMillis: () => number): Poster => {
  const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) }

  const attempt = ({ body, headers, url }: PostRequest): Promise<PostAnswer | "stale connection"> =>
    new Promise((resolve) => {
      const target = new URL(url)
      const secure = target.protocol === "https:"
      const agent = agents[secure ? "https:" : "http:"]
      const request = (secure ? https : http).request(target, { method: "POST", headers, agent })
      const stopTimer = clock.schedule(limitMillis(), () => {
        end(timedOut)
        request.destroy()
      })
      const end = (answer: PostAnswer | "stale connection") => {
        stopTimer()
        resolve(answer)
      }
      request.on("error", () => end(request.reusedSocket ? "stale connection" : refusedConnection))
      request.on("response", (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          text = (text + chunk).slice(0, keptResponseCharacters)
        })
        response.on("end", () => {
          const code = response.statusCode ?? 0
          const status = code >= 200 && code < 300 ? "OK" : `Invalid HTTP Response: ${code}`
          end({ status, statusCode: code, headers: response.headers, body: text })
        })
        response.on("error", () => end(refusedConnection))
      })
      request.end(body)
    })

  return {
    post: async (request) => {
      const first = await attempt(request)
      if (first !== "stale connection") return first
      // The receiver had closed the idle connection; GitHub would have opened a new one.
      const second = await attempt(request)
      return second === "stale connection" ? refusedConnection : second
    },
    close: () => {
      agents["http:"].destroy()
      agents["https:"].destroy()
    }
  }
}
