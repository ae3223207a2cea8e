// A thousand jobs queued at once: how long until the last of their sandboxes is asked for.
//
// The clock starts with the first event's first byte. Neither E2B nor GitHub sets a limit: the jobs are those of as many
// accounts as may register their runners within a minute, because runnerd keeps to GitHub's points for each account whether
// they are enforced or not (Limits.ts measures that). Runners are scripted (ScriptedRunner.ts). A provisioning holds its permit (worker.max_concurrent_creates) until the runner was started, so
// this measures whole provisionings: create, JIT registration, two uploads, start.
import { pointsOfWrite, pointsPerWindow } from "../src/domain/CallLimit.ts"
import { signedDelivery } from "./Deliveries.ts"
import { load } from "./Load.ts"
import { cpuMillis } from "./ProcessFigures.ts"
import { onCreate, scriptRunners } from "./ScriptedRunner.ts"
import { rounded, table } from "./Statistics.ts"
import { addBenchSpec, benchLabels, deliveriesFrom, openWorld } from "./Targets.ts"

const events = 1_000
const perAccount = Math.floor(pointsPerWindow / pointsOfWrite)
const accounts = Math.ceil(events / perAccount)
const inFlight = 64
const settings = [50, 200]
/** A run that is not done by then has lost something. */
const deadlineMillis = 120_000

const seconds = (millis: number) => `${rounded(millis / 1000, 2)} s`

const run = async (maxConcurrentCreates: number): Promise<ReadonlyArray<string>> => {
  const world = await openWorld(
    { "worker.max_concurrent_runners": "unlimited", "worker.max_concurrent_creates": maxConcurrentCreates },
    accounts
  )
  scriptRunners(world.e2b)
  const creates: Array<number> = []
  let allCreated: () => void = () => {}
  onCreate(world.e2b, (at) => {
    if (creates.push(at) === events) allCreated()
  })
  const runnerd = await world.startRunnerd()
  try {
    await addBenchSpec(runnerd)
    const sources = Array.from({ length: accounts }, (_, account) => deliveriesFrom(3_000_000, benchLabels, account))
    const requests = Array.from(
      { length: events },
      (_, index) => signedDelivery(sources[index % accounts] ?? sources[0]!, index).bytes
    )
    const last = new Promise<void>((resolve, reject) => {
      allCreated = resolve
      setTimeout(
        () => reject(new Error(`${creates.length} of ${events} creates after ${deadlineMillis} ms`)),
        deadlineMillis
      ).unref()
    })
    const pid = runnerd.process.pid ?? 0
    const cpuBefore = cpuMillis(pid)
    const ownBefore = process.cpuUsage()
    const began = performance.now()
    const answered = await load({ url: runnerd.url, requests, inFlight, expected: [202] })
    await last
    const cpuUsed = cpuMillis(pid) - cpuBefore
    const own = process.cpuUsage(ownBefore)
    return [
      String(maxConcurrentCreates),
      seconds(answered.seconds * 1000),
      seconds((creates[0] ?? Number.NaN) - began),
      seconds((creates[events - 1] ?? Number.NaN) - began),
      rounded((events * 1000) / ((creates[events - 1] ?? Number.NaN) - began)),
      seconds(cpuUsed),
      seconds((own.user + own.system) / 1000)
    ]
  } finally {
    await runnerd.kill()
    await world.close()
  }
}

export const burst = async (): Promise<void> => {
  const rows: Array<ReadonlyArray<string>> = []
  for (const maxConcurrentCreates of settings) rows.push(await run(maxConcurrentCreates))
  console.log(
    `${events} events of ${accounts} accounts, each of which may register ${perAccount} runners a minute; ${inFlight} in flight; a fresh process, not warmed up.`
  )
  console.log(
    table(
      [
        "max_concurrent_creates",
        "all answered",
        "first create",
        "last create",
        "creates/s",
        "CPU runnerd",
        "CPU simulators"
      ],
      rows
    )
  )
}
