// `npm run release:check [-- --tag v1.2.3] [--notes FILE]`: whether what is here can be released, each point with what is wrong.
//
// Answers for: version and changelog; the package's files, size and licences; and, from its tarball installed in an empty
// folder, the version, a checked configuration and the whole demo. Exit code 0 when all is well, 1 when something is not.
// Not for what test/package holds, which the npm script runs afterwards: the start on a read-only file system, image and
// manifests. `--tag`: for the release itself, when "Unreleased" is no longer good enough. `--notes`: writes what the changelog
// says of this version there.
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import { changelogProblems, releaseNotes } from "./release/Changelog.ts"
import { exampleConfig } from "./release/ExampleConfig.ts"
import { bundledPackages, installedPackages, licenceProblems } from "./release/Licences.ts"
import { pack, type Packed, sizeProblems } from "./release/Package.ts"
import { packedDifferences } from "./release/PackedFiles.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const execute = promisify(execFile)
const read = (path: string) => readFileSync(join(root, path), "utf8")

const { values } = parseArgs({ options: { tag: { type: "string" }, notes: { type: "string" } } })
const { version } = JSON.parse(read("package.json")) as { readonly version: string }

let failed = false
const report = (what: string, problems: ReadonlyArray<string>): void => {
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${what}`)
  for (const problem of problems) console.log(`       ${problem}`)
  if (problems.length > 0) failed = true
}

const output = (failure: unknown): string => {
  const { stdout = "", stderr = "" } = failure as { readonly stdout?: string; readonly stderr?: string }
  return `${String(failure)}\n${stdout}${stderr}`.trim()
}

/** Installs the tarball as its user would, and calls what it brings by its name. */
const installAndRun = async ({ file }: Packed, folder: string): Promise<void> => {
  const home = join(folder, "empty")
  mkdirSync(home)
  const runnerd = join(home, "node_modules", ".bin", "runnerd")
  const step = async (what: string, command: string, args: ReadonlyArray<string>, says: string) => {
    try {
      const { stdout } = await execute(command, args, { cwd: home, maxBuffer: 64 * 1024 * 1024 })
      report(what, stdout.includes(says) ? [] : [`it said:\n${stdout}`])
      return true
    } catch (failure) {
      report(what, [output(failure)])
      return false
    }
  }
  const install = ["install", "--prefix", home, "--no-audit", "--no-fund", "--prefer-offline", file]
  if (!(await step("npm install of the tarball in an empty folder", "npm", install, "added "))) return
  writeFileSync(join(home, "runnerd.yaml"), exampleConfig(read("runnerd.yaml.example")), { mode: 0o600 })
  await step("runnerd --version", runnerd, ["--version"], `runnerd v${version}\n`)
  await step("runnerd check-config", runnerd, ["check-config"], "runnerd.yaml is valid:")
  await step("runnerd demo --once", runnerd, ["demo", "--once"], " jobs ended as their workflows say.")
}

const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`

const folder = mkdtempSync(join(tmpdir(), "runnerd-release-"))
try {
  report(`version ${version} and CHANGELOG.md`, changelogProblems(version, read("CHANGELOG.md"), values.tag))
  const packed = await pack(root, folder)
  const { missing, unexpected } = packedDifferences(root, packed.paths)
  report(`${packed.paths.length} packed files`, [
    ...missing.map((path) => `${path} is missing`),
    ...unexpected.map((path) => `${path} does not belong there`)
  ])
  report(`size: ${kB(packed.size)} packed, ${kB(packed.unpackedSize)} unpacked`, sizeProblems(packed))
  const installed = installedPackages(root)
  const bundled = bundledPackages(read("dist/console/licenses.txt"))
  report(
    `licences of ${installed.length} packages that come with it and ${bundled.length} inside the console`,
    licenceProblems([...installed, ...bundled])
  )
  await installAndRun(packed, folder)
  if (values.notes !== undefined) writeFileSync(values.notes, `${releaseNotes(version, read("CHANGELOG.md"))}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
