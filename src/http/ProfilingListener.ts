// A listener of its own on the loopback, by which whoever is on this machine can look into the running process.
//
// Answers for: being there from the process's first moment to its last, whatever the database does; saying where; and not being
// in the way: when it cannot listen, or cannot write its address file, that is one warning, and the service goes on. Not for
// what it answers (ProfilingAnswers.ts), nor for the address being the loopback's (config/ProfilingSettings.ts).
// Gotcha: the address file is written when the service is there. A second process that cannot start, because the first has its
// database or its port, must not take the first one's file away.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpServer from "effect/http/HttpServer"
import { createServer } from "node:http"
import { Config } from "../services/config/Config.ts"
import type { ProfilingConfig } from "../services/config/RunnerdConfig.ts"
import * as AddressFile from "../services/profiling/AddressFile.ts"
import { longestSeconds } from "../services/profiling/Bounds.ts"
import { answers } from "./ProfilingAnswers.ts"
import { allTokens, ownerBy } from "./TokenOwner.ts"

export type ProfilingState =
  | {
      readonly _tag: "Listening"
      /** Host and port, as a URL has them. */
      readonly address: string
      /** Where that is written down; null: nowhere, yet or at all. */
      readonly addressFile: string | null
    }
  | { readonly _tag: "Off"; readonly reason: string }

interface Listener {
  readonly state: Effect.Effect<ProfilingState>
  /** Writes the address file, which is removed when the scope closes. */
  readonly announce: Effect.Effect<void, never, Scope.Scope>
}

const off = (reason: string): Listener => ({ state: Effect.succeed({ _tag: "Off", reason }), announce: Effect.void })

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** A client that reads nothing is given up after this, which is more than the longest profile takes. Milliseconds. */
const patience = (longestSeconds + 60) * 1000

const listen = ({ host, port }: ProfilingConfig) =>
  NodeHttpServer.make(
    () => {
      const server = createServer()
      server.timeout = patience
      // Each answer ends its connection, so that none is left to wait for.
      server.maxRequestsPerSocket = 1
      return server
    },
    // A profile that is being taken does not hold up the end of the process.
    { host, port, disablePreemptiveShutdown: true }
  )

const unwritable =
  "The profiling listener's address file cannot be written: only a token of the role admin opens the listener now"

const start = Effect.fnUntraced(
  function* (profiling: ProfilingConfig) {
    const { admin } = yield* Config
    const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    const server = yield* listen(profiling)
    const address = HttpServer.formatAddress(server.address).replace(/^http:\/\//, "")
    const { randomBytes } = yield* SecureRandom.SecureRandom
    const key = Redacted.make(Base64Url.encode(yield* randomBytes(32)))
    const ownerOf = ownerBy([{ name: "address_file", role: "admin", token: key }, ...allTokens(admin)])
    let addressFile: string | null = null
    yield* server.serve(answers({ address, addressFile: () => addressFile, ownerOf }))
    yield* Effect.annotateLogs(Effect.logInfo("The profiling listener is there"), { address })
    return {
      state: Effect.sync(() => ({ _tag: "Listening", address, addressFile })),
      announce: AddressFile.announce(profiling.addressFile, { address, key }).pipe(
        Effect.map(() => {
          addressFile = profiling.addressFile
        }),
        Effect.catch((error) =>
          Effect.annotateLogs(Effect.logWarning(unwritable, reasonOf(error)), { file: profiling.addressFile })
        ),
        Effect.provide(files)
      )
    } satisfies Listener
  },
  Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true)
)

export class ProfilingListener extends Context.Service<ProfilingListener, Listener>()(
  "runnerd/http/ProfilingListener"
) {
  /** Listens until the scope closes. */
  static readonly layer = Layer.effect(
    ProfilingListener,
    Effect.gen(function* () {
      const { profiling } = yield* Config
      if (profiling === null) return off("profiling.enabled is false")
      return yield* start(profiling).pipe(
        Effect.catchTag("ServeError", ({ cause }) =>
          Effect.as(
            Effect.logWarning("There is no profiling listener: its address cannot be listened on", reasonOf(cause)),
            off(reasonOf(cause))
          )
        )
      )
    })
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}
