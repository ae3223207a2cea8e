// A process that holds the lock of the database named in its argument until it is killed.
import * as Effect from "effect/Effect"
import * as DatabaseLock from "../../../src/services/store/DatabaseLock.ts"

Effect.runFork(
  Effect.scoped(
    DatabaseLock.acquire(process.argv[2]!).pipe(
      Effect.andThen(Effect.sync(() => process.stdout.write("held\n"))),
      Effect.andThen(Effect.never)
    )
  )
)
setInterval(() => undefined, 1_000_000)
