// runnerd, as `src/main.ts` starts it, with crash points around its effects.
//
// Usage: node CrashingMain.ts --config PATH, with RUNNERD_TEST_POINTS=<file> and perhaps RUNNERD_TEST_CRASH=<json>.
import * as Effect from "effect/Effect"
import { flushCompileCache } from "node:module"
import { main } from "../../src/Cli.ts"
import { type Crash, passing, pointsAround } from "./CrashPoints.ts"

const { RUNNERD_TEST_CRASH: crash, RUNNERD_TEST_POINTS: file } = process.env
if (file === undefined) throw new Error("RUNNERD_TEST_POINTS names no file")
const around = pointsAround(passing(file, crash === undefined ? undefined : (JSON.parse(crash) as Crash)))

main((config) =>
  Effect.flatMap(
    Effect.promise(() => import("../../src/App.ts")),
    (app) => {
      // Node writes it when a process ends by itself, which these rarely do.
      flushCompileCache()
      return app.launch(config, around)
    }
  )
)
