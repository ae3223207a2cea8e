// A sandbox's files, by their paths inside the sandbox.
//
// Answers for: what envd does with files, over a folder of this machine or in memory. Paths are absolute and normal
// (SandboxWorld makes them so). Gotcha: the failures are Node's own (ENOENT, ENOTDIR, …) in both, because envd's answers
// follow from them.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path/posix"

export interface FileEntry {
  readonly path: string
  readonly name: string
  readonly type: "file" | "directory"
  /** Bytes. */
  readonly size: number
  readonly mode: number
  readonly modifiedAt: Date
}

export interface SandboxFiles {
  /** Makes the parent folders. */
  readonly write: (path: string, content: Buffer) => Promise<void>
  readonly read: (path: string) => Promise<Buffer>
  /** Undefined when there is nothing. */
  readonly find: (path: string) => Promise<FileEntry | undefined>
  readonly makeDirectory: (path: string) => Promise<void>
  /** Direct children. */
  readonly list: (path: string) => Promise<ReadonlyArray<FileEntry>>
  /** With all that is in it; nothing when there is nothing. */
  readonly remove: (path: string) => Promise<void>
  readonly move: (from: string, to: string) => Promise<void>
}

/** Everything below `directory`. */
export const folderFiles = (directory: string): SandboxFiles => {
  const real = (path: string) => join(directory, path)
  const find = async (path: string): Promise<FileEntry | undefined> => {
    const found = await stat(real(path)).catch(() => undefined)
    if (found === undefined) return undefined
    const type = found.isDirectory() ? "directory" : "file"
    return { path, name: basename(path), type, size: found.size, mode: found.mode & 0o7777, modifiedAt: found.mtime }
  }
  return {
    write: async (path, content) => {
      await mkdir(dirname(real(path)), { recursive: true })
      await writeFile(real(path), content)
    },
    read: (path) => readFile(real(path)),
    find,
    makeDirectory: async (path) => {
      await mkdir(real(path), { recursive: true })
    },
    list: async (path) => {
      const names = await readdir(real(path))
      const entries = await Promise.all(names.map((name) => find(join(path, name))))
      return entries.filter((entry) => entry !== undefined)
    },
    remove: (path) => rm(real(path), { recursive: true, force: true }),
    move: (from, to) => rename(real(from), real(to))
  }
}

const failure = (code: string, path: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${path}`), { code })

/** Files in memory, with the folders that every sandbox has. */
export const memoryFiles = (now: () => number): SandboxFiles => {
  const entries = new Map<string, { readonly content: Buffer | null; readonly modifiedAt: number }>()
  const makeDirectory = (path: string): void => {
    const known = entries.get(path)
    if (known !== undefined && known.content !== null) throw failure("ENOTDIR", path)
    if (path !== "/") makeDirectory(dirname(path))
    if (known === undefined) entries.set(path, { content: null, modifiedAt: now() })
  }
  const find = (path: string): FileEntry | undefined => {
    const found = entries.get(path)
    if (found === undefined) return undefined
    const [type, mode] = found.content === null ? (["directory", 0o755] as const) : (["file", 0o644] as const)
    const size = found.content?.length ?? 4096
    return { path, name: basename(path), type, size, mode, modifiedAt: new Date(found.modifiedAt) }
  }
  const below = (path: string) => [...entries.keys()].filter((key) => key === path || key.startsWith(`${path}/`))
  for (const folder of ["/home/user", "/root", "/tmp"]) makeDirectory(folder)
  return {
    write: async (path, content) => {
      if (entries.get(path)?.content === null) throw failure("EISDIR", path)
      makeDirectory(dirname(path))
      entries.set(path, { content, modifiedAt: now() })
    },
    read: async (path) => {
      const found = entries.get(path)
      if (found === undefined) throw failure("ENOENT", path)
      if (found.content === null) throw failure("EISDIR", path)
      return found.content
    },
    find: async (path) => find(path),
    makeDirectory: async (path) => makeDirectory(path),
    list: async (path) => {
      if (!entries.has(path)) throw failure("ENOENT", path)
      const children = [...entries.keys()].filter((key) => key !== path && dirname(key) === path)
      return children.flatMap((key) => find(key) ?? [])
    },
    remove: async (path) => {
      for (const key of below(path)) entries.delete(key)
    },
    move: async (from, to) => {
      if (!entries.has(from)) throw failure("ENOENT", from)
      makeDirectory(dirname(to))
      for (const key of below(from)) {
        const entry = entries.get(key)
        if (entry !== undefined) entries.set(`${to}${key.slice(from.length)}`, entry)
        entries.delete(key)
      }
    }
  }
}
