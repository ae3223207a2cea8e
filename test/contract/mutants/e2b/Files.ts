// What has been broken in files, by upload and by call.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const upload = mutationsOf("src/simulator/e2b/EnvdFiles.ts")
const disk = mutationsOf("src/simulator/e2b/SandboxFiles.ts")
const world = mutationsOf("src/simulator/e2b/SandboxWorld.ts")
const calls = mutationsOf("src/simulator/e2b/EnvdFilesystem.ts")

export const files: ReadonlyArray<Mutation> = [
  upload(
    "what was written is a folder",
    'name: basename(path), type: "file" }',
    'name: basename(path), type: "dir" }',
    "what is written as multipart",
    "what is written as octet-stream",
    "what is written as gzip"
  ),
  upload(
    "gzip is kept as it is",
    "gunzipSync(call.body) : call.body",
    "call.body : call.body",
    "what is written as gzip"
  ),
  disk(
    "a second write is added to the first",
    "await writeFile(real(path), content)",
    'await writeFile(real(path), content, { flag: "a" })',
    "a second write replaces the first"
  ),
  world(
    "root lives with the user",
    'user === "root" ? "/root" : "/home/user"',
    '"/home/user"',
    "a relative path and ~ start at"
  ),
  world(
    "a path may lead out",
    'path.startsWith("/") ? normalize(path)',
    'path.startsWith("/") ? path',
    "no path leads out of the sandbox's directory"
  ),
  upload(
    "a missing file is a bad request",
    "return refuse(404, `path",
    "return refuse(400, `path",
    "a missing file is not found"
  ),
  world(
    "the install hook is not run",
    "    await install?.(this.directory)\n",
    "",
    "a template's folder and its install hook"
  ),
  calls(
    "files have no size",
    "size: String(entry.size)",
    'size: "0"',
    "files in a folder › are written with their folders",
    "files in memory › are written with their folders"
  ),
  calls(
    "folders are listed one level less",
    "if (depth <= 1) return children",
    "if (depth <= 2) return children",
    "files in a folder › are listed to a depth",
    "files in memory › are listed to a depth"
  ),
  calls(
    "nothing is moved",
    "  await host.world.files.move(from, to)\n",
    "",
    "files in a folder › are moved",
    "files in memory › are moved"
  ),
  calls(
    "a folder that exists is not found",
    '"already_exists", `path',
    '"not_found", `path',
    "files in a folder › have folders",
    "files in memory › have folders"
  ),
  upload(
    "files are those of root",
    'query.get("username") ?? "user"',
    'query.get("username") ?? "root"',
    "files in a folder › start at home",
    "files in memory › start at home"
  )
]
