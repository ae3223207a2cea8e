// envd's files: upload and download.
//
// Answers for: `POST /files` as multipart/form-data (part `file`) or as octet-stream, plain
// or gzipped, and `GET /files`. Parent folders are made; a new file has mode 0666 less the umask.
// Gotcha: the answers name the path inside the sandbox, not the real one. Signed URLs are not simulated.
import { basename } from "node:path/posix"
import { gunzipSync } from "node:zlib"
import type { Answer, Call } from "./HttpAnswer.ts"
import type { SandboxHost } from "./SandboxHost.ts"

const refuse = (status: number, message: string): Answer => ({ status, body: { code: status, message } })

interface Target {
  readonly path: string
  readonly user: string
}

const targetOf = (query: URLSearchParams, path: string | null): Target => ({
  path: path ?? "",
  user: query.get("username") ?? "user"
})

const put = async (host: SandboxHost, target: Target, content: Buffer) => {
  const path = host.world.inside(target.path, target.user)
  await host.world.files.write(path, content)
  return { path, name: basename(path), type: "file" }
}

const refusedTarget = async (host: SandboxHost, target: Target): Promise<Answer | undefined> => {
  if (!host.world.isUser(target.user)) return refuse(401, `error looking up user '${target.user}'`)
  if (target.path === "") return refuse(400, "file path is missing")
  const found = await host.world.files.find(host.world.inside(target.path, target.user))
  return found?.type === "directory" ? refuse(400, `path is a directory: ${target.path}`) : undefined
}

const writeOctets = async (host: SandboxHost, call: Call): Promise<Answer> => {
  const target = targetOf(call.query, call.query.get("path"))
  const refused = await refusedTarget(host, target)
  if (refused !== undefined) return refused
  const content = call.headers["content-encoding"] === "gzip" ? gunzipSync(call.body) : call.body
  return { status: 200, body: [await put(host, target, content)] }
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
    written.push(await put(host, target, Buffer.from(await part.arrayBuffer())))
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
    const bytes = await host.world.files.read(host.world.inside(target.path, target.user))
    return { status: 200, headers: { "content-type": "application/octet-stream" }, body: bytes }
  } catch {
    return refuse(404, `path '${target.path}' does not exist`)
  }
}
