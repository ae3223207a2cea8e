// Stands between runnerd and one of the outsides, and notes each credential that passes.
//
// Answers for: what runnerd sends in headers to prove who it is, and what the outside hands out in answers. Changes nothing.
import { createServer, request as ask } from "node:http"
import type { AddressInfo } from "node:net"
import type { Secret } from "./SecretHunter.ts"

export interface CredentialTap {
  readonly url: string
  readonly secrets: () => ReadonlyArray<Secret>
  readonly close: () => Promise<void>
}

const headers = ["authorization", "x-api-key", "x-access-token"]
const fields = /"(token|encoded_jit_config|envdAccessToken|trafficAccessToken)"\s*:\s*"([^"]+)"/g

export const openCredentialTap = async (target: string): Promise<CredentialTap> => {
  const seen = new Map<string, string>()
  const note = (name: string, value: string) => {
    if (!seen.has(value)) seen.set(value, `${name} ${seen.size + 1} at ${target}`)
  }
  const server = createServer((incoming, outgoing) => {
    for (const header of headers) {
      const value = incoming.headers[header]
      if (typeof value === "string") note(header, value.replace(/^\w+ /, ""))
    }
    const onward = ask(
      `${target}${incoming.url ?? ""}`,
      { method: incoming.method, headers: { ...incoming.headers, "accept-encoding": "identity" } },
      (answer) => {
        const chunks: Array<Buffer> = []
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on("data", (chunk: Buffer) => {
          chunks.push(chunk)
          outgoing.write(chunk)
        })
        answer.on("end", () => {
          for (const [, name = "", value = ""] of Buffer.concat(chunks).toString().matchAll(fields)) note(name, value)
          outgoing.end()
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
    secrets: () => [...seen].map(([value, name]) => ({ name, value })),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
