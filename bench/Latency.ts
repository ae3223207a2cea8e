// From a queued event to the create call at E2B, in an idle system, one event at a time.
//
// The clock starts when the webhook is written to its socket and stops when the simulator performs the create; both
// happen in this process, on one monotonic clock. The next event comes only when the sandbox of the last is gone.
import { setTimeout as sleep } from "node:timers/promises"
import { signedDeliveries } from "./Deliveries.ts"
import { load } from "./Load.ts"
import { onCreate, scriptRunners } from "./ScriptedRunner.ts"
import { percentile, rounded, table } from "./Statistics.ts"
import { addBenchSpec, benchLabels, deliveriesFrom, openWorld } from "./Targets.ts"

const warmUp = 30
const events = 200
/** What is left of the last request (its registration, its rows) ends meanwhile. */
const pauseMillis = 50

export const latency = async (): Promise<void> => {
  const world = await openWorld({})
  scriptRunners(world.e2b)
  let created: (at: number) => void = () => {}
  let ended: () => void = () => {}
  onCreate(world.e2b, (at) => created(at))
  world.e2b.fleet.onEnded(() => ended())
  const runnerd = await world.startRunnerd()
  try {
    await addBenchSpec(runnerd)
    const measured: Array<number> = []
    for (const { bytes } of signedDeliveries(deliveriesFrom(2_000_000, benchLabels), warmUp + events)) {
      const create = new Promise<number>((resolve) => {
        created = resolve
      })
      const end = new Promise<void>((resolve) => {
        ended = resolve
      })
      const began = performance.now()
      await load({ url: runnerd.url, requests: [bytes], inFlight: 1, expected: [202] })
      measured.push((await create) - began)
      await end
      await sleep(pauseMillis)
    }
    const values = measured.slice(warmUp)
    const ms = (share: number) => `${rounded(percentile(values, share), 1)} ms`
    console.log(`${events} events, one at a time, after ${warmUp} to warm up; a new connection for each.`)
    console.log(table(["queued event → create call", "p50", "p99", "max"], [["idle system", ms(0.5), ms(0.99), ms(1)]]))
  } finally {
    await runnerd.kill()
    await world.close()
  }
}
