// Two thousand sandboxes and as many runners at once: what the simulators and their client cost in memory.
//
// Answers for: a process for both simulators (ScaleSimulators.ts) and one for the client (ScaleClient.ts), telling them what
// to do, and reading their memory from /proc. Gotcha: nothing of runnerd but its clients is measured here.
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { cpuMillis, peakResidentMiB, residentMiB } from "./ProcessFigures.ts"
import { rounded, table } from "./Statistics.ts"

const sandboxes = 2_000

/** For both processes together. */
const goalMiB = 1536

/** What the children answer with; each line of work is one request and one answer. */
const asked = async <A>(child: ChildProcess, request: unknown): Promise<A> => {
  child.send(request as object)
  const [answer] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`ended with ${code}`)))
  ])) as [A]
  return answer
}

const start = (file: string): ChildProcess => fork(fileURLToPath(new URL(file, import.meta.url)))

const mebibytes = (value: number) => `${rounded(value)} MiB`

export const scale = async (): Promise<void> => {
  const simulators = start("./ScaleSimulators.ts")
  const client = start("./ScaleClient.ts")
  const pids = [simulators.pid ?? 0, client.pid ?? 0]
  const rows: Array<ReadonlyArray<string>> = []
  let began = performance.now()
  let cpuBefore = [0, 0]
  const note = (what: string) => {
    const resident = pids.map(residentMiB)
    const cpu = pids.map((pid, index) => cpuMillis(pid) - (cpuBefore[index] ?? 0))
    rows.push([
      what,
      ...resident.map(mebibytes),
      mebibytes(resident.reduce((sum, each) => sum + each, 0)),
      `${rounded((performance.now() - began) / 1000, 1)} s`,
      ...cpu.map((millis) => `${rounded(millis / 1000, 1)} s`)
    ])
    began = performance.now()
    cpuBefore = pids.map(cpuMillis)
  }
  try {
    const urls = await asked<{ readonly e2b: string; readonly github: string }>(simulators, { start: sandboxes })
    await asked(client, { connect: urls })
    note("both started")
    await asked(client, { open: sandboxes })
    const held = await asked<Readonly<Record<string, number>>>(simulators, { count: true })
    note("all listen")
    await asked(simulators, { queue: sandboxes })
    await asked(client, { untilRunning: true })
    note("all run a job")
    await asked(client, { untilEnded: true })
    const over = await asked<Readonly<Record<string, number>>>(simulators, { count: true })
    note("all jobs done, all sandboxes killed")
    const peaks = pids.map(peakResidentMiB)
    const together = peaks.reduce((sum, each) => sum + each, 0)
    rows.push(["peak", ...peaks.map(mebibytes), `${mebibytes(together)} of ${goalMiB}`, "", "", ""])
    console.log(`While all listen: ${JSON.stringify(held)}. At the end: ${JSON.stringify(over)}.`)
    console.log(table(["", "simulators", "client", "both", "took", "CPU simulators", "CPU client"], rows))
  } finally {
    for (const child of [client, simulators]) child.kill()
  }
}
