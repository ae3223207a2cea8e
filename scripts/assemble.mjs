// Puts runnerd, with all it needs at run time but Node.js, into a folder: `node scripts/assemble.mjs FOLDER`. That folder is what
// the image holds (Dockerfile), and what can be copied to a server (deploy/systemd).
//
// Answers for: the package as `npm pack` makes it, the versions of the lockfile that it carries, and leaving out what only
// compilers and debuggers read, four fifths of it. No package has a part that is built for one platform, so a folder made on one
// machine runs on any (test/package holds both). Plain JavaScript, because it is called before anything is built.
// Gotcha: npm leaves optional packages out that are not for the Node.js which runs npm, so that must be one that runs runnerd.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"

/** Node.js refuses to run TypeScript inside node_modules, so nothing there can be needed. */
const unused = /\.(?:[mc]?ts|map)$/

const run = (command, args, cwd) => {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] })
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")} ended with ${status}`)
}

const [argument] = process.argv.slice(2)
if (argument === undefined) {
  console.error("usage: node scripts/assemble.mjs FOLDER")
  process.exit(2)
}
if (Number.parseInt(process.versions.node) < 22) {
  console.error(`this needs a Node.js that runs runnerd; this is v${process.versions.node}`)
  process.exit(2)
}
const folder = resolve(argument)
mkdirSync(folder, { recursive: true })
if (readdirSync(folder).length > 0) {
  console.error(`${folder} is not empty`)
  process.exit(2)
}

const parcel = mkdtempSync(join(tmpdir(), "runnerd-package-"))
try {
  run("npm", ["pack", "--silent", "--pack-destination", parcel])
  const [tarball] = readdirSync(parcel)
  run("tar", ["-xzf", join(parcel, tarball), "-C", folder, "--strip-components=1", "--no-same-owner"])
} finally {
  rmSync(parcel, { recursive: true, force: true })
}
run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], folder)
for (const entry of readdirSync(join(folder, "node_modules"), { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && unused.test(entry.name)) rmSync(join(entry.parentPath, entry.name))
}
