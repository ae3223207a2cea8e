// What the doctor says of a database's folder to somebody who is not root: `node AsNobody.ts FILE…`, a JSON line for each.
//
// Gotcha: everything is imported before the privileges are dropped, because nobody may not read a checkout of root's.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { databaseCheck, databaseFacts } from "../../../src/services/doctor/DatabaseCheck.ts"

const nobody = 65_534
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(nobody)
  process.setuid?.(nobody)
  if (process.getuid() === 0) throw new Error("still root")
}

for (const path of process.argv.slice(2)) {
  const config = { backend: "sqlite", path } as const
  const lines = await Effect.runPromise(
    databaseCheck(config, Effect.provide(databaseFacts(config), NodeServices.layer)).run as Effect.Effect<unknown>
  )
  console.log(JSON.stringify(lines))
}
