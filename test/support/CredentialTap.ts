// Stands between runnerd and one of the outsides, and notes each credential that passes.
//
// Answers for: what runnerd sends in headers to prove who it is, and what the outside hands out in answers; and for an outside
// that tells too much: an answer that is an error says with which credentials it was asked. Changes nothing else.
import { createServer, request as ask } from "node:http"
import type { AddressInfo } from "node:net"
import type { Secret } from "./SecretHunter.ts"

export interface CredentialTap {
  readonly url: string
  readonly secrets: () => ReadonlyArray<Secret>
  /** What passed in this header of a call, or in this field of an answer; a runner's `token` is a `registration_token`. */
  readonly passed: (name: string) => ReadonlyArray<string>
  /** How many errors told the credentials. */
  readonly told: () => number
  readonly close: () => Promise<void>
}

const headers = ["authorization", "x-api-key", "x-access-token"]
const fields = /"(token|encoded_jit_config|envdAccessToken|trafficAccessToken)"\s*:\s*"([^"]+)"/g

export const openCredentialTap = async (target: string): Promise<CredentialTap> => {
  const seen = new Map<string, string>()
  const passed = new Map<string, Set<string>>()
  let told = 0
  const note = (name: string, value: string) => {
    if (!seen.has(value)) seen.set(value, `${name} ${seen.size + 1} at ${target}`)
    passed.set(name, (passed.get(name) ?? new Set()).add(value))
  }
  const server = createServer((incoming, outgoing) => {
    const own = headers.flatMap((name) => {
      const value = incoming.headers[name]
      return typeof value === "string" ? [{ name, value: value.replace(/^\w+ /, "") }] : []
    })
    for (const { name, value } of own) note(name, value)
    /** The same error, with more in its message than should be. */
    const indiscreet = (body: string): string => {
      const fields = JSON.parse(body) as { readonly message?: string }
      if (fields.message === undefined) return body
      told += 1
      return JSON.stringify({ ...fields, message: `${fields.message} (${own.map(({ value }) => value).join(", ")})` })
    }
    const onward = ask(
      `${target}${incoming.url ?? ""}`,
      { method: incoming.method, headers: { ...incoming.headers, "accept-encoding": "identity" } },
      (answer) => {
        const chunks: Array<Buffer> = []
        const isError = (answer.statusCode ?? 502) >= 400 && answer.headers["content-type"]?.includes("json") === true
        const { "content-length": length, ...others } = answer.headers
        outgoing.writeHead(answer.statusCode ?? 502, isError || length === undefined ? others : answer.headers)
        answer.on("data", (chunk: Buffer) => {
          chunks.push(chunk)
          if (!isError) outgoing.write(chunk)
        })
        answer.on("end", () => {
          const body = Buffer.concat(chunks).toString()
          const registers = incoming.url?.endsWith("/registration-token") === true
          for (const [, name = "", value = ""] of body.matchAll(fields))
            note(registers ? "registration_token" : name, value)
          outgoing.end(isError ? indiscreet(body) : undefined)
        })
        answer.on("error", () => outgoing.destroy())
      }
    )
    onward.on("error", () => outgoing.destroy())
    outgoing.on("close", () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: (name) => [...(passed.get(name) ?? [])],
    told: () => told,
    secrets: () => [...seen].map(([value, name]) => ({ name, value })),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
