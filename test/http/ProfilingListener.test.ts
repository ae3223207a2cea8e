// The profiling listener over real HTTP: who is answered, what, and one at a time. The command line and a whole process are
// in test/e2e/Profiling.test.ts.
import { request as httpRequest } from "node:http"
import { connect, createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { networkInterfaces } from "node:os"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { ProfilingListener } from "../../src/http/ProfilingListener.ts"
import { Config } from "../../src/services/config/Config.ts"
import { read } from "../../src/services/profiling/AddressFile.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { until } from "../support/WorldWaiting.ts"

const minute = 60_000
const viewer = { name: "watcher", role: "viewer", token: Redacted.make("viewer-token") } as const

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

interface Listening {
  readonly address: string
  readonly addressFile: string
  readonly key: string
  readonly logged: ReadonlyArray<string>
  readonly ask: (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>
}

const ask =
  (address: string, key: string): Listening["ask"] =>
  (path, headers = {}, method = "GET") =>
    new Promise((resolve, reject) => {
      const all = { authorization: `Bearer ${key}`, ...headers }
      // `undefined` takes a header away; fetch would not let Host be chosen.
      httpRequest(`http://${address}${path}`, { method, headers: all }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (part: string) => (text += part))
        response.once("error", reject)
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
      })
        .once("error", reject)
        .end()
    })

/** Somebody who goes away before the answer is complete: at once when told to, having read no more than what it begins with. */
const visitor = (address: string, key: string, path: string) => {
  const socket = connect(Number(address.split(":").at(-1)), "127.0.0.1")
  socket.on("error", () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${address}\r\nAuthorization: Bearer ${key}\r\n\r\n`)
  return {
    begun: new Promise<void>((resolve) => socket.once("readable", () => resolve())),
    leave: () => socket.destroy()
  }
}

const listening = (port: number, addressFile: string, logged: Array<string>) => {
  const base = makeConfig()
  const config = {
    ...base,
    admin: { ...base.admin, tokens: [viewer] },
    profiling: { host: "127.0.0.1", port, addressFile }
  }
  const logger = Logger.make(({ logLevel, message }) => {
    logged.push(`${logLevel} ${String(message)}`)
  })
  return ProfilingListener.layer.pipe(
    Layer.provide(Layer.succeed(Config, config)),
    Layer.provide(NodeServices.layer),
    Layer.provideMerge(Logger.layer([logger]))
  )
}

const story = (title: string, body: (listener: Listening) => Promise<void>) =>
  it.live(title, () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const addressFile = `${yield* fs.makeTempDirectoryScoped()}/r.pprof`
      const logged: Array<string> = []
      yield* Effect.gen(function* () {
        yield* (yield* ProfilingListener).announce
        const { address, key } = Option.getOrThrow(yield* read(addressFile))
        const secret = Redacted.value(key)
        yield* Effect.promise(() => body({ address, addressFile, key: secret, logged, ask: ask(address, secret) }))
      }).pipe(Effect.provide(listening(0, addressFile, logged)))
    }).pipe(Effect.provide(NodeServices.layer))
  )

describe("the profiling listener", () => {
  story(
    "says to whoever asks from this machine what there is, how it is got, and what a heap snapshot is",
    async (listener) => {
      for (const path of ["/", "/debug/pprof/", "/debug/pprof"]) {
        const { status, text } = await listener.ask(path, { authorization: "" })
        assert.strictEqual(status, 200, path)
        for (const part of [
          "/debug/pprof/profile?seconds=30",
          "/debug/pprof/allocs",
          "/debug/vars",
          "stands still",
          "HOLDS EVERY\n",
          listener.addressFile
        ]) {
          assert.include(text, part)
        }
        assert.notInclude(text, listener.key)
      }
    }
  )

  story("answers the address file's key and tokens of the role admin, and no other", async ({ ask, logged }) => {
    const withToken = (authorization: string) => ask("/debug/vars", { authorization })
    assert.strictEqual((await ask("/debug/vars")).status, 200)
    assert.strictEqual((await withToken("Bearer admin-token")).status, 200)
    const viewing = await withToken("Bearer viewer-token")
    assert.deepStrictEqual([viewing.status, JSON.parse(viewing.text).code], [403, "forbidden"])
    for (const wrong of ["", "Bearer", "Bearer wrong", "Basic YTpi"]) {
      const { headers, status, text } = await withToken(wrong)
      assert.deepStrictEqual([status, JSON.parse(text).code], [401, "unauthorized"], wrong)
      assert.match(String(headers["www-authenticate"]), /^Bearer /)
    }
    assert.isTrue(logged.includes("Warn A wrong token was sent to the profiling listener"))
    // Nobody guesses here what cannot be guessed at the API.
    for (let attempt = 0; attempt < 20; attempt += 1) await withToken(`Bearer wrong-${attempt}`)
    const closed = await withToken("Bearer wrong")
    assert.deepStrictEqual([closed.status, JSON.parse(closed.text).code], [429, "too_many_attempts"])
    assert.match(String(closed.headers["retry-after"]), /^\d+$/)
    assert.strictEqual((await ask("/debug/vars")).status, 200)
  })

  story("refuses a page in a browser, under whatever name it reaches the loopback", async ({ ask, address }) => {
    const port = address.split(":").at(-1)
    for (const host of [address, `localhost:${port}`, `[::1]:${port}`, "127.0.0.1", "localhost"]) {
      assert.strictEqual((await ask("/debug/vars", { host })).status, 200, host)
    }
    const foreign: ReadonlyArray<Record<string, string>> = [
      { host: "evil.example" },
      { host: `evil.example:${port}` },
      { host: `127.0.0.1.evil.example:${port}` },
      { host: `localhost.evil.example:${port}` },
      { host: `0.0.0.0:${port}` },
      { host: "user@evil.example" },
      { origin: "http://evil.example" },
      { origin: `http://${address}` },
      { origin: "null" }
    ]
    for (const headers of foreign) {
      for (const path of ["/", "/debug/vars", "/debug/pprof/heap"]) {
        const { status, text } = await ask(path, headers)
        assert.deepStrictEqual([status, JSON.parse(text).code], [403, "forbidden"], JSON.stringify(headers))
      }
    }
  })

  story("refuses other addresses, other methods and times that are too long or none", async ({ ask }) => {
    for (const path of ["/debug", "/debug/pprof/trace", "/debug/pprof/heap/", "/constructor", "/%zz"]) {
      const isIndex = path === "/debug"
      const { status } = await ask(path)
      assert.strictEqual(status, isIndex ? 200 : 404, path)
    }
    for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"]) {
      const { headers, status } = await ask("/debug/pprof/heap", {}, method)
      assert.deepStrictEqual([status, headers["allow"]], [405, "GET"], method)
    }
    for (const path of ["/debug/pprof/profile", "/debug/pprof/allocs"]) {
      for (const seconds of ["0", "301", "-1", "1.5", "x", "", "1e2", "99999999999"]) {
        const { status, text } = await ask(`${path}?seconds=${seconds}`)
        assert.deepStrictEqual([status, JSON.parse(text).code], [400, "invalid_request"], seconds)
      }
    }
  })

  story(
    "takes one profile at a time, says which, and is free again when that is over",
    async ({ address, ask, key, logged }) => {
      for (const [path, name] of [
        ["/debug/pprof/profile?seconds=300", "CPU profile"],
        ["/debug/pprof/allocs?seconds=300", "profile of allocations"],
        ["/debug/pprof/heap", "heap snapshot"]
      ] as const) {
        const before = logged.length
        const first = visitor(address, key, path)
        await until(`${name} has begun`, minute, () => logged.length > before)
        if (name === "heap snapshot") await first.begun
        for (const other of ["/debug/pprof/profile?seconds=1", "/debug/pprof/allocs?seconds=1", "/debug/pprof/heap"]) {
          const { status, text } = await ask(other)
          assert.deepStrictEqual(
            [status, JSON.parse(text)],
            [409, { error: `a ${name} is being taken; try again when it is over`, code: "busy" }]
          )
        }
        assert.strictEqual((await ask("/debug/vars")).status, 200)
        // Minutes before its time.
        first.leave()
        const answer = await until(`free after the client of the ${name} has gone`, minute, async () => {
          const answer = await ask("/debug/pprof/profile?seconds=1")
          return answer.status === 409 ? undefined : answer
        })
        assert.strictEqual(answer.status, 200)
        const { nodes, samples } = JSON.parse(answer.text) as {
          nodes: ReadonlyArray<object>
          samples: ReadonlyArray<number>
        }
        assert.isAbove(nodes.length, 0)
        assert.isAbove(samples.length, 0)
      }
      assert.strictEqual((await ask("/debug/pprof/heap")).status, 200)
    }
  )

  story("can be reached at no other address of this machine", async ({ address }) => {
    const port = Number(address.split(":").at(-1))
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address)
    // 127.0.0.2 is this machine's, too, where every address of 127.0.0.0/8 is.
    for (const host of [...others, ...(process.platform === "linux" ? ["127.0.0.2"] : [])]) {
      const outcome = await new Promise<string>((resolve) => {
        const socket = connect(port, host, () => resolve("connected"))
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      })
      assert.notStrictEqual(outcome, "connected", host)
    }
  })

  it.live("does not hold up the end of the process, whoever waits for a profile, and takes its file with it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const addressFile = `${yield* fs.makeTempDirectoryScoped()}/r.pprof`
      const scope = yield* Scope.make()
      const logged: Array<string> = []
      const context = yield* Layer.buildWithScope(listening(0, addressFile, logged), scope)
      yield* Effect.provide(
        Effect.flatMap(ProfilingListener, ({ announce }) => Scope.provide(announce, scope)),
        context
      )
      const { address, key } = Option.getOrThrow(yield* read(addressFile))
      const before = logged.length
      const waiting = visitor(address, Redacted.value(key), "/debug/pprof/profile?seconds=300")
      yield* Effect.promise(() => until("the profile has begun", minute, () => logged.length > before))
      yield* Scope.close(scope, Exit.void)
      waiting.leave()
      assert.isFalse(yield* fs.exists(addressFile))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("is off, with one warning and the reason, when its address is taken; the service goes on", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const holder = createServer()
      yield* Effect.promise(() => new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve)))
      const { port } = holder.address() as AddressInfo
      const state = yield* Effect.gen(function* () {
        const { announce, state } = yield* ProfilingListener
        yield* announce
        return yield* state
      }).pipe(Effect.scoped, Effect.provide(listening(port, "/nowhere/r.pprof", logged)))
      holder.close()
      assert.strictEqual(state._tag, "Off")
      assert.match(state._tag === "Off" ? state.reason : "", /EADDRINUSE/)
      assert.lengthOf(logged, 1)
      assert.match(logged[0] ?? "", /^Warn There is no profiling listener: .*EADDRINUSE/)
    })
  )

  it.live("listens, with one warning, when its file cannot be written; tokens of the role admin still open it", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      yield* Effect.gen(function* () {
        const { announce, state } = yield* ProfilingListener
        yield* announce
        const found = yield* state
        assert.strictEqual(found._tag, "Listening")
        if (found._tag !== "Listening") return
        assert.isNull(found.addressFile)
        const answer = yield* Effect.promise(() => ask(found.address, "admin-token")("/debug/vars"))
        assert.strictEqual(answer.status, 200)
        const index = yield* Effect.promise(() => ask(found.address, "")("/"))
        assert.include(index.text, "could not be written")
      }).pipe(Effect.scoped, Effect.provide(listening(0, `${fileURLToPath(import.meta.url)}/r.pprof`, logged)))
      const warnings = logged.filter((line) => line.startsWith("Warn"))
      assert.lengthOf(warnings, 1)
      assert.match(warnings[0] ?? "", /address file cannot be written/)
    })
  )
})
