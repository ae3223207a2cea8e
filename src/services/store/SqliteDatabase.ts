// The SQLite database of one installation: its folder, its lock, its client, its schema.
//
// Answers for: everything that has to be true before a store may be used. Gotcha: the lock is taken before the
// file is opened, so a second process changes nothing, not even the schema.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { Wakeup } from "../Wakeup.ts"
import * as DatabaseLock from "./DatabaseLock.ts"
import { Instance } from "./Instance.ts"
import * as Migrations from "./Migrations.ts"
import { NodeSession } from "./NodeSession.ts"
import * as SqliteClient from "./SqliteClient.ts"
import * as SqliteReader from "./SqliteReader.ts"
import { StoreClock } from "./StoreClock.ts"

/** Where the file is: a copy or a restored backup has another device and inode, or another path. */
export const fingerprint = Effect.fnUntraced(function* (path: string) {
  const info = yield* (yield* FileSystem.FileSystem).stat(path)
  return `${path} ${info.dev} ${Option.getOrElse(info.ino, () => 0)}`
})

const prepare = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const folder = (yield* Path.Path).dirname(path)
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
  yield* DatabaseLock.acquire(path)
  yield* DatabaseLock.makeFile(path)
})

/** `path`: absolute. Provides `SqlClient`, `ReadClient`, `StoreClock`, `Instance`, `NodeSession` and `Wakeup`. */
export const layer = (path: string) =>
  Layer.unwrap(Effect.map(fingerprint(path), Instance.layer)).pipe(
    Layer.provideMerge(SqliteReader.layer(path)),
    Layer.provideMerge(Migrations.layer),
    Layer.provideMerge(SqliteClient.layer({ filename: path })),
    Layer.provideMerge(Layer.mergeAll(StoreClock.layer, NodeSession.alone, Wakeup.layer)),
    Layer.provide(Layer.effectDiscard(prepare(path)))
  )
