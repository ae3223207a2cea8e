// Two thousand runners at work under one runnerd, which is killed and started again.
//
// Answers for: memory, the event loop's delay and SQL statements while they are made, live, and are adopted; and how long it
// takes from the start of the next process until each is followed again, with none lost, killed or made anew.
// Adopted means: its row is the new process's, and its output's stream is open again at E2B.
// Gotchas: each of 20 accounts queues 100 jobs, because GitHub allows 180 registrations a minute for each; runners are scripted
// (LocalWorld's `scripted`) and live in this process, so they cost runnerd's what real ones would, in open streams.
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as sleep } from "node:timers/promises"
import { startLocalWorld } from "../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../src/demo/RunnerdProcess.ts"
import { HostedProcess } from "../src/simulator/e2b/HostedProcess.ts"
import { cpuMillis, peakResidentMiB, residentMiB } from "./ProcessFigures.ts"
import { rounded, table } from "./Statistics.ts"
import { addBenchSpec, benchLabels, benchTemplate, runnerdEntry } from "./Targets.ts"
import { figuresOf, startWatched } from "./WatchedRunnerd.ts"

const accounts = 20
const jobsEach = 100
const runners = accounts * jobsEach
const jobSeconds = 3_600
const watchMillis = 60_000
const deadlineMillis = 300_000

/** What docs/operations.md advises where memory is scarce. */
const smallHeap = "--max-old-space-size=512 --max-semi-space-size=4"

const goals = "goals: ≤ 600 MiB, delay p99 ≤ 50 ms, adopted in ≤ 10 s, none killed"

/** Counts the streams that are open at E2B, from now on. */
const countStreams = (): (() => number) => {
  let open = 0
  const listen = Reflect.get(HostedProcess.prototype, "listen")
  HostedProcess.prototype.listen = function (this: HostedProcess, stream) {
    open += 1
    stream.onClosed(() => (open -= 1))
    listen.call(this, stream)
  }
  return () => open
}

const until = async (what: string, reached: () => boolean): Promise<void> => {
  const began = performance.now()
  while (!reached()) {
    if (performance.now() - began > deadlineMillis) throw new Error(`not within ${deadlineMillis} ms: ${what}`)
    await sleep(20)
  }
}

/** Takes the figures of one stretch of a process's life. */
const stretches = () => {
  const rows: Array<ReadonlyArray<string>> = []
  let before = { at: performance.now(), cpu: 0, statements: 0 }
  return {
    rows,
    begin: (pid?: number) => {
      before = { at: performance.now(), cpu: pid === undefined ? 0 : cpuMillis(pid), statements: 0 }
    },
    note: async (what: string, runnerd: RunnerdProcess) => {
      const pid = runnerd.process.pid ?? 0
      const now = performance.now()
      const seconds = (now - before.at) / 1000
      const figures = await figuresOf(runnerd)
      const cpu = cpuMillis(pid)
      rows.push([
        what,
        `${rounded(seconds, 1)} s`,
        `${rounded(residentMiB(pid))} MiB`,
        `${rounded(peakResidentMiB(pid))} MiB`,
        `${rounded(figures.delayP50, 1)} ms`,
        `${rounded(figures.delayP99, 1)} ms`,
        `${rounded(figures.delayMax)} ms`,
        rounded((figures.statements - before.statements) / seconds, 1),
        `${rounded((cpu - before.cpu) / seconds / 10, 1)} %`
      ])
      before = { at: performance.now(), cpu, statements: figures.statements }
    }
  }
}

const run = async (nodeOptions: string, streams: () => number): Promise<void> => {
  const owners = Array.from({ length: accounts }, (_, index) => `bench-${index}`)
  const world = await startLocalWorld({
    entry: runnerdEntry,
    installations: owners.map((owner, index) => ({
      id: 6000 + index,
      owner,
      ownerType: "Organization",
      repositories: ["live"]
    })),
    templates: [benchTemplate],
    scripted: true,
    settings: { "worker.max_concurrent_runners": "unlimited" }
  })
  const { rows, begin, note } = stretches()
  begin()
  let runnerd = await startWatched(world, nodeOptions)
  const database = new DatabaseSync(join(world.folder, "runnerd.db"), { readOnly: true })
  const owned = database.prepare(
    `SELECT count(*) AS n FROM runner_requests WHERE status = 'running'
      AND owner = (SELECT incarnation FROM nodes ORDER BY started_at DESC LIMIT 1)`
  )
  try {
    const busy = () => world.github.state().runners.filter((runner) => runner.busy).length
    await addBenchSpec(runnerd)
    for (const owner of owners) {
      world.github.machine.createRun({
        repository: `${owner}/live`,
        workflow: "ci",
        jobs: Array.from({ length: jobsEach }, (_, index) => ({
          name: `job-${index}`,
          labels: benchLabels,
          steps: [{ name: "work", seconds: jobSeconds }]
        }))
      })
    }
    await until("all run a job", () => streams() === runners && busy() === runners)
    await note("all run a job", runnerd)
    await sleep(watchMillis)
    await note("they live", runnerd)

    await runnerd.kill()
    await until("every stream is cut", () => streams() === 0)
    begin()
    runnerd = await startWatched(world, nodeOptions)
    const adopted = () => streams() === runners && Number(owned.get()?.["n"]) === runners
    await until("all adopted", adopted)
    await note("killed, started, all adopted", runnerd)
    await sleep(watchMillis)
    await note("they live", runnerd)

    const { creates, kills, running } = world.e2b.fleet.counts()
    console.log(
      `Node.js with ${nodeOptions === "" ? "its own settings" : nodeOptions}. At the end: ${creates} sandboxes created, ${kills} killed, ${running} there; ${busy()} runners at work, ${streams()} streams open.`
    )
    console.log(table(["", "took", "RSS", "peak", "delay p50", "p99", "longest", "statements/s", "CPU"], rows))
  } finally {
    database.close()
    await runnerd.kill()
    await world.close()
  }
}

export const live = async (): Promise<void> => {
  console.log(`${runners} runners at work; ${goals}.\n`)
  const streams = countStreams()
  for (const nodeOptions of ["", smallHeap]) await run(nodeOptions, streams)
}
