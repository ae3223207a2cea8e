// What sending traces and logs costs: intake and idling without it, with a collector that takes them, and with one that is away.
//
// Answers for: the three in turn in each round, so that what else the machine does meets all alike; the ratio to the one
// without is taken within its round. Gotcha: the collector is a part of the load generator's process, not of what is measured.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { loadavg } from "node:os"
import { idleFigures } from "./Idle.ts"
import { type Measured, measureIntake, startIntake } from "./Intake.ts"
import { median, percentile, rounded, table } from "./Statistics.ts"
import { benchLabels } from "./Targets.ts"

const intakeRounds = 5
const idleRounds = 3

const openCollector = async () => {
  const taken = { calls: 0, bytes: 0 }
  const server = createServer((request, response) => {
    taken.calls += 1
    request.on("data", (chunk: Buffer) => {
      taken.bytes += chunk.length
    })
    request.on("end", () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close: () => server.close()
  }
}

/** Nobody listens at the first port. */
const away = "http://127.0.0.1:1"

const sentTo = (url: string) => ({ "telemetry.otlp_endpoint": url, "telemetry.logs": true })

const ratios = <A>(runs: ReadonlyArray<A>, without: ReadonlyArray<A>, of: (run: A) => number) =>
  rounded(median(runs.map((run, round) => of(run) / of(without[round] as A))), 2)

export const telemetry = async (): Promise<void> => {
  const collector = await openCollector()
  const kinds = [
    { name: "nothing sent", settings: {} },
    { name: "traces and logs sent", settings: sentTo(collector.url) },
    { name: "the collector is away", settings: sentTo(away) }
  ]
  const intakes = kinds.map((): Array<Measured> => [])
  for (let round = 0; round < intakeRounds; round += 1) {
    for (const [index, { settings }] of kinds.entries()) {
      intakes[index]?.push(await measureIntake(() => startIntake(true, settings), benchLabels))
    }
  }
  const { bytes, calls } = collector.taken
  console.log(
    `${intakeRounds} rounds; medians. The collector took ${rounded(calls)} calls, ${rounded(bytes / 2 ** 20)} MiB.`
  )
  console.log(
    `Load ${loadavg()
      .map((load) => rounded(load, 1))
      .join(", ")}.\n`
  )
  console.log(
    table(
      ["intake, new requests", "per second", "of nothing sent", "p50", "p99", "CPU each", "of nothing sent"],
      kinds.map(({ name }, index) => {
        const runs = intakes[index] ?? []
        const without = intakes[0] ?? []
        const at = (share: number) => `${rounded(median(runs.map((run) => percentile(run.latencies, share))), 1)} ms`
        return [
          name,
          rounded(median(runs.map((run) => run.perSecond))),
          ratios(runs, without, (run) => run.perSecond),
          at(0.5),
          at(0.99),
          `${rounded(median(runs.map((run) => run.cpuMicros)))} µs`,
          ratios(runs, without, (run) => run.cpuMicros)
        ]
      })
    )
  )
  const idles = kinds.map((): Array<Awaited<ReturnType<typeof idleFigures>>> => [])
  for (let round = 0; round < idleRounds; round += 1) {
    for (const [index, { settings }] of kinds.entries()) idles[index]?.push(await idleFigures(settings))
  }
  console.log(
    `\n${table(
      ["idle", "start to healthy", "RSS", "CPU"],
      kinds.map(({ name }, index) => {
        const runs = idles[index] ?? []
        return [
          name,
          `${rounded(median(runs.map((run) => run.startMillis)))} ms`,
          `${rounded(median(runs.map((run) => run.resident)))} MiB`,
          `${rounded(median(runs.map((run) => run.cpuPercent)), 2)} %`
        ]
      })
    )}`
  )
  collector.close()
}
