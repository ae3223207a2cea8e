import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { announce, type Announcement, read } from "../../../src/services/profiling/AddressFile.ts"

const announcement = (port: number): Announcement => ({
  address: `127.0.0.1:${port}`,
  key: Redacted.make(`key-${port}`)
})

const story = <A, E>(
  title: string,
  body: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, Effect.Services<ReturnType<typeof announce>>>
) =>
  it.effect(title, () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return yield* body(yield* fs.makeTempDirectoryScoped(), fs)
    }).pipe(Effect.provide(NodeServices.layer))
  )

/** As somebody who may write nowhere but in folders that anybody may: root is held up by nothing. */
const asNobody = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  process.geteuid?.() === 0
    ? Effect.acquireUseRelease(
        Effect.sync(() => process.seteuid?.(65_534)),
        () => body,
        () => Effect.sync(() => process.seteuid?.(0))
      )
    : body

describe("the address file", () => {
  story(
    "is there while the scope is open, in a folder made for it, for its owner alone, and nothing is left of it",
    (folder, fs) =>
      Effect.gen(function* () {
        const file = `${folder}/var/r.pprof`
        const scope = yield* Scope.make()
        yield* Scope.provide(announce(file, announcement(1)), scope)
        assert.deepStrictEqual(Option.getOrThrow(yield* read(file)), announcement(1))
        assert.strictEqual(yield* fs.readFileString(file), "127.0.0.1:1\nkey-1\n")
        assert.strictEqual((yield* fs.stat(file)).mode & 0o777, 0o600)
        assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/var`), ["r.pprof"])
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/var`), [])
      })
  )

  story(
    "takes the place of one that a killed process left, whoever could read that, never half-written",
    (folder, fs) =>
      Effect.gen(function* () {
        const file = `${folder}/r.pprof`
        yield* fs.writeFileString(file, "127.0.0.1:2\nkey-2\n", { mode: 0o644 })
        const old = (yield* fs.stat(file)).ino
        yield* announce(file, announcement(1))
        const { ino, mode } = yield* fs.stat(file)
        // Another file: who has the old one open reads the old one.
        assert.notDeepEqual(ino, old)
        assert.strictEqual(mode & 0o777, 0o600)
        assert.deepStrictEqual(Option.getOrThrow(yield* read(file)), announcement(1))
      })
  )

  story("of a process that started later stays when the earlier one ends", (folder) =>
    Effect.gen(function* () {
      const file = `${folder}/r.pprof`
      const earlier = yield* Scope.make()
      yield* Scope.provide(announce(file, announcement(1)), earlier)
      yield* announce(file, announcement(2))
      yield* Scope.close(earlier, Exit.void)
      assert.deepStrictEqual(Option.getOrThrow(yield* read(file)), announcement(2))
    })
  )

  story(
    "fails to be made, and leaves nothing, where its folder is read-only, is none, or its name is a folder's",
    (folder, fs) =>
      Effect.gen(function* () {
        yield* fs.makeDirectory(`${folder}/locked`)
        yield* fs.chmod(folder, 0o755)
        yield* fs.chmod(`${folder}/locked`, 0o555)
        yield* fs.writeFileString(`${folder}/file`, "")
        yield* fs.makeDirectory(`${folder}/taken/r.pprof/more`, { recursive: true })
        const failed = (path: string) =>
          Effect.map(Effect.flip(announce(`${folder}/${path}`, announcement(1))), ({ reason }) => reason._tag)
        assert.strictEqual(yield* asNobody(failed("locked/r.pprof")), "PermissionDenied")
        assert.strictEqual(yield* asNobody(failed("locked/new/r.pprof")), "PermissionDenied")
        yield* failed("file/r.pprof")
        yield* failed("missing/folder/r.pprof")
        // Where the kernel makes no folder, a recursive mkdir of Node.js would go on for ever.
        if (process.platform === "linux") yield* failed("../../../../proc/runnerd/r.pprof")
        yield* failed("taken/r.pprof")
        for (const [name, content] of [
          ["locked", []],
          ["taken", ["r.pprof"]]
        ] as const) {
          assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/${name}`), [...content])
        }
      })
  )

  story("is none when it says something else", (folder, fs) =>
    Effect.gen(function* () {
      for (const text of ["", "127.0.0.1:1", "127.0.0.1:1\n", "runnerd\nkey\n", "127.0.0.1:1\nkey\nmore\n"]) {
        yield* fs.writeFileString(`${folder}/r.pprof`, text)
        assert.isTrue(Option.isNone(yield* read(`${folder}/r.pprof`)), JSON.stringify(text))
      }
    })
  )
})
