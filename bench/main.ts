// `npm run bench [-- names…]`: the benchmarks of docs/benchmarks.md, all of them unless some are named.
//
// Answers for: choosing, and saying on which machine the figures were taken. Nothing here passes or fails by a time.
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { burst } from "./Burst.ts"
import { consoleInBrowser } from "./Console.ts"
import { idle } from "./Idle.ts"
import { intake } from "./Intake.ts"
import { limits } from "./Limits.ts"
import { latency } from "./Latency.ts"
import { lists } from "./Lists.ts"
import { live } from "./Live.ts"
import { scale } from "./Scale.ts"
import { telemetry } from "./Telemetry.ts"

const benches: Readonly<Record<string, () => Promise<void>>> = {
  intake,
  latency,
  burst,
  limits,
  idle,
  scale,
  live,
  lists,
  telemetry,
  console: consoleInBrowser
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(", ")}. Known: ${Object.keys(benches).join(", ")}.`)
  process.exit(2)
}

const [cpu] = cpus()
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${process.platform} ${process.arch}, ` +
    `${availableParallelism()} × ${cpu?.model.trim() ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `load ${loadavg()[0]?.toFixed(1) ?? "?"}`
)
for (const name of chosen.length === 0 ? Object.keys(benches) : chosen) {
  console.log(`\n## ${name}\n`)
  await benches[name]?.()
}
process.exit(0)
