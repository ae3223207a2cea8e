// `npm run test:live` as a process of its own, with nothing in its environment but what it is given and what spares it compiling.
import { spawn } from "node:child_process"
import { once } from "node:events"

export const runLive = async (args: ReadonlyArray<string>, settings: Readonly<Record<string, string>> = {}) => {
  const { NODE_COMPILE_CACHE, PATH } = process.env
  const child = spawn(process.execPath, ["test/contract/live/main.ts", ...args], {
    env: { NODE_COMPILE_CACHE, PATH, ...settings },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, output }
}
