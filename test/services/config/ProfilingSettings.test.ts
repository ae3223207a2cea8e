import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { summarize } from "../../../src/services/config/ConfigSummary.ts"
import { folder, load, problems } from "../../support/ConfigFiles.ts"

describe("profiling", () => {
  it.effect("is on any free port of the loopback unless the file says otherwise, announced beside the database", () =>
    Effect.gen(function* () {
      const config = yield* load({ database: { url: "data/r.db" } })
      const addressFile = `${folder}/data/r.db.pprof`
      assert.deepStrictEqual(config.profiling, { host: "127.0.0.1", port: 0, addressFile })
      assert.include(summarize(config), `127.0.0.1, any free port, written down in ${addressFile}`)
      const postgres = yield* load({ database: { backend: "postgres", url: "postgres://ann@db/runnerd" } })
      assert.strictEqual(postgres.profiling?.addressFile, `${folder}/var/runnerd.pprof`)
    })
  )

  it.effect("is where the file says, and nowhere when it is switched off", () =>
    Effect.gen(function* () {
      const { profiling } = yield* load({ profiling: { http_addr: "[::1]:6060", address_file: "/run/r.pprof" } })
      assert.deepStrictEqual(profiling, { host: "::1", port: 6060, addressFile: "/run/r.pprof" })
      const none = yield* load({ profiling: { enabled: false } })
      assert.isNull(none.profiling)
      assert.match(summarize(none), /profiling +none$/m)
    })
  )

  for (const address of [
    ":6060",
    "0.0.0.0:6060",
    "[::]:6060",
    "192.0.2.1:6060",
    "10.127.0.0:1",
    "[::ffff:127.0.0.1]:6060",
    "localhost:6060",
    "127.0.0.1.example.com:6060",
    "127.1:6060"
  ]) {
    it.effect(`is refused anywhere but on the loopback: ${address}`, () =>
      Effect.gen(function* () {
        // Also when it is off: it may be switched on by somebody who looks at that key alone.
        for (const enabled of [true, false]) {
          const [problem = "", ...more] = yield* problems({ profiling: { enabled, http_addr: address } })
          assert.match(problem, /^profiling\.http_addr: .*not on the loopback.*127\.0\.0\.1:PORT/)
          assert.deepStrictEqual(more, [])
        }
      })
    )
  }
})
