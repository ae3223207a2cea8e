// envd's service `filesystem.Filesystem`.
//
// Answers for: Stat, MakeDir, ListDir, Remove and Move, as unary calls. Not simulated: watching, owners (every file is
// the user's), symbolic links as such. Source: filesystem.proto as the `e2b` package carries it.
import { ConnectFailure, unaryFailure } from "./ConnectProtocol.ts"
import type { EnvdRoute } from "./EnvdRoute.ts"
import type { Answer, Call } from "./HttpAnswer.ts"
import type { Operation } from "./Operations.ts"
import type { FileEntry } from "./SandboxFiles.ts"
import type { SandboxHost } from "./SandboxHost.ts"

const shown = (entry: FileEntry) => ({
  name: entry.name,
  type: entry.type === "file" ? "FILE_TYPE_FILE" : "FILE_TYPE_DIRECTORY",
  path: entry.path,
  size: String(entry.size),
  mode: entry.mode,
  permissions: (entry.type === "file" ? "-" : "d") + "rwxr-xr-x",
  owner: "user",
  group: "user",
  modifiedTime: entry.modifiedAt.toISOString()
})

type Message = Readonly<Record<string, unknown>>

const pathOf = (host: SandboxHost, value: unknown): string => {
  if (typeof value !== "string" || value === "") throw new ConnectFailure("invalid_argument", "path is missing")
  return host.world.inside(value, "user")
}

const existing = async (host: SandboxHost, path: string): Promise<FileEntry> => {
  const found = await host.world.files.find(path)
  if (found === undefined) throw new ConnectFailure("not_found", `path not found: ${path}`)
  return found
}

const stat = async (host: SandboxHost, message: Message) => ({
  entry: shown(await existing(host, pathOf(host, message["path"])))
})

const makeDir = async (host: SandboxHost, message: Message) => {
  const path = pathOf(host, message["path"])
  const found = await host.world.files.find(path)
  if (found !== undefined) throw new ConnectFailure("already_exists", `path already exists: ${path}`)
  await host.world.files.makeDirectory(path)
  return { entry: shown(await existing(host, path)) }
}

const listBelow = async (host: SandboxHost, path: string, depth: number): Promise<ReadonlyArray<FileEntry>> => {
  const children = await host.world.files.list(path)
  if (depth <= 1) return children
  const deeper = await Promise.all(
    children.filter(({ type }) => type === "directory").map((child) => listBelow(host, child.path, depth - 1))
  )
  return [...children, ...deeper.flat()]
}

const listDir = async (host: SandboxHost, message: Message) => {
  const path = pathOf(host, message["path"])
  const found = await existing(host, path)
  if (found.type !== "directory") throw new ConnectFailure("invalid_argument", `path is not a directory: ${path}`)
  const depth = typeof message["depth"] === "number" ? message["depth"] : 1
  return { entries: (await listBelow(host, path, depth)).map(shown) }
}

const remove = async (host: SandboxHost, message: Message) => {
  await host.world.files.remove(pathOf(host, message["path"]))
  return {}
}

const move = async (host: SandboxHost, message: Message) => {
  const from = pathOf(host, message["source"])
  const to = pathOf(host, message["destination"])
  await existing(host, from)
  await host.world.files.move(from, to)
  return { entry: shown(await existing(host, to)) }
}

const unary =
  (method: (host: SandboxHost, message: Message) => Promise<unknown>) =>
  async (host: SandboxHost, call: Call): Promise<Answer> => {
    try {
      return { status: 200, body: await method(host, JSON.parse(call.body.toString() || "{}") as Message) }
    } catch (failure) {
      if (failure instanceof ConnectFailure) return unaryFailure(failure)
      if (failure instanceof SyntaxError) {
        return unaryFailure(new ConnectFailure("invalid_argument", "unmarshal message"))
      }
      if ((failure as NodeJS.ErrnoException).code === undefined) throw failure
      return unaryFailure(new ConnectFailure("internal", "error accessing the file system"))
    }
  }

const route = (operation: Operation, method: Parameters<typeof unary>[0]): EnvdRoute => ({
  operation,
  handle: unary(method)
})

export const filesystemRoutes: Readonly<Record<string, EnvdRoute>> = {
  "/filesystem.Filesystem/Stat": route("filesystem.stat", stat),
  "/filesystem.Filesystem/MakeDir": route("filesystem.makeDir", makeDir),
  "/filesystem.Filesystem/ListDir": route("filesystem.list", listDir),
  "/filesystem.Filesystem/Remove": route("filesystem.remove", remove),
  "/filesystem.Filesystem/Move": route("filesystem.move", move)
}
