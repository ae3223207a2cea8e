// envd's files: upload and download.
//
// Answers for: `POST /files` as multipart/form-data (part `file`) or as octet-stream, plain
// or gzipped, and `GET /files`. Parent folders are made; a new file has mode 0666 less the umask.
// Gotcha: the answers name the path inside the sandbox, not the real one. Signed URLs are not simulated.
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { basename, dirname } from "node:path/posix"
import { Readable } from "node:stream"
import { gunzipSync } from "node:zlib"
import type { Answer, Call } from "./HttpAnswer.ts"
import type { SandboxHost } from "./SandboxHost.ts"

const refuse = (status: number, message: string): Answer => ({ status, body: { code: status, message } })

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )

interface Target {
  readonly path: string
  readonly user: string
}

const targetOf = (query: URLSearchParams, path: string | null): Target => ({
  path: path ?? "",
  user: query.get("username") ?? "user"
})

const prepare = async (host: SandboxHost, target: Target): Promise<string> => {
  const real = host.world.resolve(target.path, target.user)
  await mkdir(dirname(real), { recursive: true })
  return real
}

const entry = (host: SandboxHost, real: string) => ({
  path: real.slice(host.world.directory.length),
  name: basename(real),
  type: "file"
})

const refusedTarget = async (host: SandboxHost, target: Target): Promise<Answer | undefined> => {
  if (!host.world.isUser(target.user)) return refuse(401, `error looking up user '${target.user}'`)
  if (target.path === "") return refuse(400, "file path is missing")
  const real = host.world.resolve(target.path, target.user)
  return (await isFolder(real)) ? refuse(400, `path is a directory: ${target.path}`) : undefined
}

const writeOctets = async (host: SandboxHost, call: Call): Promise<Answer> => {
  const target = targetOf(call.query, call.query.get("path"))
  const refused = await refusedTarget(host, target)
  if (refused !== undefined) return refused
  const real = await prepare(host, target)
  await writeFile(real, call.headers["content-encoding"] === "gzip" ? gunzipSync(call.body) : call.body)
  return { status: 200, body: [entry(host, real)] }
}

const writeParts = async (host: SandboxHost, call: Call): Promise<Answer> => {
  const form = await new Response(new Uint8Array(call.body), {
    headers: { "content-type": call.headers["content-type"] ?? "" }
  }).formData()
  const written: Array<unknown> = []
  for (const part of form.getAll("file")) {
    if (typeof part === "string") continue
    const target = targetOf(call.query, call.query.get("path") ?? part.name)
    const refused = await refusedTarget(host, target)
    if (refused !== undefined) return refused
    const real = await prepare(host, target)
    await writeFile(real, Readable.fromWeb(part.stream()))
    written.push(entry(host, real))
  }
  return written.length === 0 ? refuse(400, "error parsing multipart form: no file") : { status: 200, body: written }
}

const errorStatus: Readonly<Record<string, number>> = { ENOSPC: 507, ENOTDIR: 400, EEXIST: 400, EACCES: 403 }

export const writeFiles = async (host: SandboxHost, call: Call): Promise<Answer> => {
  const multipart = (call.headers["content-type"] ?? "").startsWith("multipart/form-data")
  try {
    return await (multipart ? writeParts : writeOctets)(host, call)
  } catch (failure) {
    if (failure instanceof TypeError) return refuse(400, "error parsing multipart form")
    const status = errorStatus[(failure as NodeJS.ErrnoException).code ?? ""]
    if (status === undefined) throw failure
    return refuse(status, "error writing file")
  }
}

export const readOneFile = async (host: SandboxHost, { query }: Call): Promise<Answer> => {
  const target = targetOf(query, query.get("path"))
  const refused = await refusedTarget(host, target)
  if (refused !== undefined) return refused
  try {
    const bytes = await readFile(host.world.resolve(target.path, target.user))
    return { status: 200, headers: { "content-type": "application/octet-stream" }, body: bytes }
  } catch {
    return refuse(404, `path '${target.path}' does not exist`)
  }
}
