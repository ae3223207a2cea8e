// Loaded into runnerd before anything else (`--import`): says on SIGUSR2 how many SQL statements it has run.
import { StatementSync } from "node:sqlite"

let count = 0

for (const method of ["all", "get", "run"] as const) {
  const original = StatementSync.prototype[method] as (...parameters: ReadonlyArray<unknown>) => unknown
  const counted = function (this: StatementSync, ...parameters: ReadonlyArray<unknown>) {
    count += 1
    return original.apply(this, [...parameters])
  }
  Object.defineProperty(StatementSync.prototype, method, { value: counted })
}

process.on("SIGUSR2", () => process.stdout.write(`statements ${count}\n`))
