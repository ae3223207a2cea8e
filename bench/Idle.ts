// What runnerd costs when nothing happens, and how long it takes to be there.
//
// Answers for: spawn → `/healthz` 200, resident memory, CPU time and SQL statements while idle. Linux only: it reads
// /proc. Gotcha: statements are counted in a process of their own, so that counting disturbs no other figure.
import { setTimeout as sleep } from "node:timers/promises"
import type { RunnerdProcess } from "../src/demo/RunnerdProcess.ts"
import { cpuMillis, residentMiB } from "./ProcessFigures.ts"
import { median, rounded, table } from "./Statistics.ts"
import { addBenchSpec, openWorld } from "./Targets.ts"
import { figuresOf, startWatched } from "./WatchedRunnerd.ts"

const rounds = 5
const settleMillis = 2_000
const watchMillis = 8_000
const healthy = async (runnerd: RunnerdProcess): Promise<void> => {
  const response = await fetch(`${runnerd.url}/healthz`)
  if (response.status !== 200) throw new Error(`/healthz answers ${response.status}`)
}

/** Of one fresh process with these settings. */
export const idleFigures = async (settings: Parameters<typeof openWorld>[0] = {}) => {
  const world = await openWorld(settings)
  try {
    const began = performance.now()
    const runnerd = await world.startRunnerd()
    await healthy(runnerd)
    const startMillis = performance.now() - began
    const pid = runnerd.process.pid ?? 0
    await addBenchSpec(runnerd)
    await sleep(settleMillis)
    const cpuBefore = cpuMillis(pid)
    await sleep(watchMillis)
    const figures = {
      startMillis,
      cpuPercent: ((cpuMillis(pid) - cpuBefore) / watchMillis) * 100,
      resident: residentMiB(pid)
    }
    await runnerd.stop()
    return figures
  } finally {
    await world.close()
  }
}

const statementsPerSecond = async (): Promise<number> => {
  const world = await openWorld({})
  const runnerd = await startWatched(world)
  try {
    await addBenchSpec(runnerd)
    await sleep(settleMillis)
    const before = await figuresOf(runnerd)
    await sleep(watchMillis)
    const after = await figuresOf(runnerd)
    return (after.statements - before.statements) / (watchMillis / 1000)
  } finally {
    await runnerd.kill()
    await world.close()
  }
}

export const idle = async (): Promise<void> => {
  const runs = []
  for (let round = 0; round < rounds; round += 1) runs.push(await idleFigures())
  const statements = await statementsPerSecond()
  console.log(`Medians of ${rounds} fresh processes, an empty database, one spec; ${watchMillis / 1000} s watched.`)
  console.log(
    table(
      ["start to healthy", "RSS", "CPU", "statements/s"],
      [
        [
          `${rounded(median(runs.map((run) => run.startMillis)))} ms`,
          `${rounded(median(runs.map((run) => run.resident)))} MiB`,
          `${rounded(median(runs.map((run) => run.cpuPercent)), 2)} %`,
          rounded(statements, 1)
        ]
      ]
    )
  )
}
