import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import { createServer } from "node:http"
import { gzipSync } from "node:zlib"
import * as Console from "../../src/http/Console.ts"
import { call } from "./ServerFixture.ts"

const script = "console.log(1)\n".repeat(20)

/** The console's files in a folder of their own, behind a real server. */
const served = Layer.unwrap(
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    yield* fs.makeDirectory(`${folder}/assets`)
    yield* fs.writeFileString(`${folder}/index.html`, "<title>the console</title>")
    yield* fs.writeFileString(`${folder}/.stamp`, "built")
    yield* fs.writeFileString(`${folder}/assets/main-0a1b2c.js`, script)
    yield* fs.writeFile(`${folder}/assets/main-0a1b2c.js.gz`, gzipSync(script))
    return HttpRouter.serve(Console.layerAt(folder), { disableLogger: true, disableListenLog: true })
  })
).pipe(Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))

const story = <A, E>(title: string, body: Effect.Effect<A, E, Layer.Success<typeof served>>) =>
  it.live(title, () => Effect.provide(body, served))

describe("the console's files", () => {
  story(
    "a page of the console needs no token and is the shell, whatever its address, and is never stored (E-119)",
    Effect.gen(function* () {
      for (const path of [
        "/admin/",
        "/admin/requests",
        "/admin/requests/101?tab=logs",
        "/admin/specs/ubuntu-24.04",
        "/admin/specs/a%2F..%2Fb.js"
      ]) {
        const answer = yield* call("GET", path)
        assert.strictEqual(answer.status, 200, path)
        assert.include(answer.text, "the console")
        assert.strictEqual(answer.headers.get("cache-control"), "no-store")
        assert.match(answer.headers.get("content-type") ?? "", /^text\/html/)
      }
    })
  )
  story(
    "/admin leads to /admin/",
    Effect.gen(function* () {
      const answer = yield* call("GET", "/admin", { redirect: "manual" })
      assert.strictEqual(answer.status, 301)
      assert.strictEqual(answer.headers.get("location"), "/admin/")
    })
  )
  story(
    "an asset is for ever, compressed for those that take it, and answered with 304 to those that have it (E-126)",
    Effect.gen(function* () {
      const path = "/admin/assets/main-0a1b2c.js"
      const plain = yield* call("GET", path, { headers: { "accept-encoding": "br, gzip;q=0" } })
      assert.strictEqual(plain.text, script)
      assert.isNull(plain.headers.get("content-encoding"))
      assert.strictEqual(plain.headers.get("cache-control"), "public, max-age=31536000, immutable")
      const zipped = yield* call("GET", path, { headers: { "accept-encoding": "gzip" } })
      assert.strictEqual(zipped.headers.get("content-encoding"), "gzip")
      assert.strictEqual(zipped.text, script)
      const again = yield* call("GET", path, { headers: { "if-none-match": plain.headers.get("etag") ?? "" } })
      assert.strictEqual(again.status, 304)
    })
  )
  story(
    "what is no file of the console is 404, also what lies outside its folder",
    Effect.gen(function* () {
      for (const path of [
        "/admin/nothing.js",
        "/admin/assets/of-an-older-build",
        "/admin/.stamp",
        "/admin/..%2f..%2fpackage.json",
        "/admin/%2e%2e/a.json"
      ]) {
        const answer = yield* call("GET", path)
        assert.strictEqual(answer.status, 404, path)
      }
    })
  )
  story(
    "scripts come from here only, none of them inline, and nobody frames the console",
    Effect.gen(function* () {
      const policy = (yield* call("GET", "/admin/")).headers.get("content-security-policy") ?? ""
      assert.include(policy, "default-src 'none'")
      assert.match(policy, /script-src 'self'(;|$)/)
      assert.include(policy, "frame-ancestors 'none'")
    })
  )
})
