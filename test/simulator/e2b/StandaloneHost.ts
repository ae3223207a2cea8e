// A process that hosts a simulator with a busy sandbox and waits to be killed (Teardown.test.ts).
import { dirname } from "node:path"
import { E2B } from "e2b"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"

const simulator = await startE2BSimulator({ apiKeys: ["k"], templates: [{ aliases: ["t"] }] })
const e2b = new E2B({ apiKey: "k", apiUrl: simulator.url, sandboxUrl: simulator.url })
const sandbox = await e2b.Sandbox.create("t")
const { stdout } = await sandbox.commands.run("setsid sleep 1000 >/dev/null 2>&1 & echo $!; echo $PWD")
const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
const [pid, home = ""] = stdout.trim().split("\n")
const directory = dirname(dirname(home))
console.log(JSON.stringify({ pids: [command.pid, Number(pid)], root: dirname(directory) }))
