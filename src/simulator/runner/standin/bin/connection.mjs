// HTTP to the simulated GitHub.
//
// Answers for: one JSON call. Gotchas: plain node:http with a kept connection, because a runner must start fast and
// thousands of them share a machine; a status is no error here, a broken connection is.
import { Agent, request } from "node:http"

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** Resolves { status, body }; rejects when the server cannot be reached or `signal` aborts. */
export const call = (server, method, path, { authorization, body, signal } = {}) =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? "" : JSON.stringify(body)
    const headers = {
      "User-Agent": "GitHubActionsRunner-stand-in",
      ...(text === "" ? {} : { "Content-Type": "application/json" }),
      "Content-Length": Buffer.byteLength(text),
      ...(authorization === undefined ? {} : { Authorization: authorization })
    }
    const outgoing = request(new URL(path, server), { method, headers, agent, ...(signal ? { signal } : {}) })
    outgoing.on("error", reject)
    outgoing.on("response", (response) => {
      const chunks = []
      response.on("data", (chunk) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const answer = Buffer.concat(chunks).toString("utf8")
        try {
          resolve({ status: response.statusCode, body: answer === "" ? {} : JSON.parse(answer) })
        } catch {
          resolve({ status: response.statusCode, body: { message: answer } })
        }
      })
    })
    outgoing.end(text)
  })

/** Ends idle connections, so that the process can end. */
export const disconnect = () => agent.destroy()

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** Where the simulated GitHub is: the URL's own origin on loopback, else what the environment says. */
export const serverOf = (url) => {
  const origin = new URL(url)
  if (loopback.test(origin.hostname)) return origin.origin
  return process.env.RUNNER_STANDIN_GITHUB || origin.origin
}
