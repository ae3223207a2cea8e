// How many signed deliveries a second one process takes in durably, against the floor of the same run.
//
// Three targets, each a fresh process per round, in turn, so that what else the machine does meets all of them alike:
// the floor (Floor.ts); runnerd with jobs that no spec serves, which become facts; runnerd with jobs that a spec serves,
// which become facts, requests and timeline entries.
// Gotcha: runnerd may have one runner here, and its create call is never answered, so that nothing is provisioned
// beside the intake; the dispatcher still looks at the growing queue after each commit, as in any burst.
import { signedDeliveries } from "./Deliveries.ts"
import { load, type LoadResult } from "./Load.ts"
import { cpuMillis } from "./ProcessFigures.ts"
import { median, percentile, rounded, table } from "./Statistics.ts"
import { addBenchSpec, benchLabels, deliveriesFrom, openWorld, startFloor, type Target } from "./Targets.ts"

const rounds = 7
const warmUp = 3_000
const measured = 6_000
const inFlight = 64
const hostedLabels = ["ubuntu-latest"]

export const startIntake = async (
  matching: boolean,
  settings: Parameters<typeof openWorld>[0] = {}
): Promise<Target> => {
  const world = await openWorld({ "worker.max_concurrent_runners": 1, ...settings })
  world.e2b.faults.add({ operation: "sandbox.create", delayMs: 3_600_000, times: "always" })
  const runnerd = await world.startRunnerd()
  if (matching) await addBenchSpec(runnerd)
  return {
    url: runnerd.url,
    pid: runnerd.process.pid ?? 0,
    stop: async () => {
      await runnerd.kill()
      await world.close()
    }
  }
}

export interface Measured extends LoadResult {
  /** Processor time of the server per delivery, in microseconds. */
  readonly cpuMicros: number
}

/** One fresh process: warmed up, measured, gone. */
export const measureIntake = async (start: () => Promise<Target>, labels: ReadonlyArray<string>): Promise<Measured> => {
  const target = await start()
  try {
    const signed = signedDeliveries(deliveriesFrom(1_000_000, labels), warmUp + measured)
    const requests = signed.map((delivery) => delivery.bytes)
    const offer = (part: ReadonlyArray<Buffer>) => load({ url: target.url, requests: part, inFlight, expected: [202] })
    await offer(requests.slice(0, warmUp))
    const cpuBefore = cpuMillis(target.pid)
    const result = await offer(requests.slice(warmUp))
    return { ...result, cpuMicros: ((cpuMillis(target.pid) - cpuBefore) * 1000) / measured }
  } finally {
    await target.stop()
  }
}

const targets = [
  { name: "floor", start: startFloor, labels: hostedLabels },
  { name: "runnerd, facts only", start: () => startIntake(false), labels: hostedLabels },
  { name: "runnerd, new requests", start: () => startIntake(true), labels: benchLabels }
]

export const intake = async (): Promise<void> => {
  const results = targets.map((): Array<Measured> => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, target] of targets.entries())
      results[index]?.push(await measureIntake(target.start, target.labels))
  }
  const floors = results[0] ?? []
  const rows = targets.map(({ name }, index) => {
    const runs = results[index] ?? []
    const rates = runs.map((run) => run.perSecond)
    const ratios = runs.map((run, round) => run.perSecond / (floors[round]?.perSecond ?? Number.NaN))
    const at = (share: number) => `${rounded(median(runs.map((run) => percentile(run.latencies, share))), 1)} ms`
    return [
      name,
      rounded(median(rates)),
      `${rounded(Math.min(...rates))}–${rounded(Math.max(...rates))}`,
      rounded(median(ratios), 2),
      at(0.5),
      at(0.99),
      `${rounded(median(runs.map((run) => run.cpuMicros)))} µs`
    ]
  })
  console.log(`${rounds} rounds of ${measured} deliveries after ${warmUp} to warm up, ${inFlight} in flight; medians,`)
  console.log("of the ratios too: each is taken within its round.")
  console.log(table(["intake", "per second", "range", "of the floor", "p50", "p99", "CPU each"], rows))
}
