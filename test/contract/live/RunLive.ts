// `npm run test:live` as a process of its own, with nothing in its environment but what it is given.
import { spawn } from "node:child_process"
import { once } from "node:events"

export const runLive = async (args: ReadonlyArray<string>, settings: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, ["test/contract/live/main.ts", ...args], {
    env: { PATH: process.env["PATH"], ...settings },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, output }
}
