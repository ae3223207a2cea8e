// Runs the stages of a template as a build would, in a folder that stands for the machine: real bash, real curl, tar and
// sha256sum, downloads from a server on this machine; package managers, accounts and programs of the base system are
// stand-ins in PATH that write down how they were called.
//
// Gotcha: zip and xz may be missing where tests run, so archives are all tar and gzip, and stand-ins for both know that.
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { plan, stageFolder } from "../../scripts/template/Definition.ts"
import type { TemplateFolder } from "../../scripts/template/TemplateFolder.ts"
import type { TemplateLock } from "../../scripts/template/TemplateLock.ts"

/** The stages download with curl; where that is missing their tests are skipped. */
export const curlIsMissing = spawnSync("curl", ["--version"]).status !== 0

type Files = Readonly<Record<string, string>>

const script = (text: string) => `#!/bin/sh\n${text}\n`

const saying = (text: string) => script(`echo '${text}'`)

/** What is in each archive, as its maker packs it. */
const archiveOf = (name: string, version: string): Files => {
  if (name.startsWith("go-") || name === "go") {
    return { "go/bin/go": saying(`go version go${version} linux/amd64`), "go/bin/gofmt": saying("") }
  }
  const made: Readonly<Record<string, Files>> = {
    node: {
      [`node-v${version}-linux-x64/bin/node`]: saying(`v${version}`),
      [`node-v${version}-linux-x64/bin/npm`]: saying("11.0.0"),
      [`node-v${version}-linux-x64/CHANGELOG.md`]: "long"
    },
    gh: { [`gh_${version}_linux_amd64/bin/gh`]: saying(`gh version ${version} (2026-01-01)`) },
    task: { task: saying(version) },
    gofumpt: { gofumpt: saying(`v${version} (go1.24)`) },
    staticcheck: { "staticcheck/staticcheck": saying(`staticcheck ${version} (0.7.0)`) },
    tofu: { tofu: saying(`OpenTofu v${version}`) },
    terraform: { terraform: saying(`Terraform v${version}`) },
    rclone: { [`rclone-v${version}-linux-amd64/rclone`]: saying(`rclone v${version}`) },
    "actions-runner": {
      "config.sh": script("exit 0"),
      "run.sh": script("exit 0"),
      "bin/Runner.Listener": saying(version),
      "bin/libcoreclr.so": "ELF",
      "externals/node24/bin/node": saying("v24.11.0")
    }
  }
  return made[name] ?? { [name]: `package ${version}` }
}

/** Not an archive: the file itself is what is downloaded. */
const single = new Set(["gofumpt", "containerd", "docker-cli", "docker"])

const writeTree = (folder: string, files: Files): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true })
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
}

const packed = (folder: string, name: string, version: string): Buffer => {
  const files = archiveOf(name, version)
  if (single.has(name)) return Buffer.from(Object.values(files)[0] ?? "")
  const tree = join(folder, `tree-${name}`)
  writeTree(tree, files)
  return spawnSync("tar", [
    "-C",
    tree,
    "-czf",
    "-",
    ...new Set(Object.keys(files).map((each) => each.split("/")[0] ?? ""))
  ]).stdout
}

/** Programs that stand in for the machine's; each notes its call in `calls`. */
const standIns = (calls: string, software: TemplateFolder["software"]): Files => {
  const noting = (name: string, then = "") => script(`echo "${name} $*" >>'${calls}'\n${then}`)
  const names = ["apt-get", "useradd", "groupadd", "usermod", "visudo", "chown", "dpkg", "sleep", "ldd"]
  // Programs that come with packages, which nobody installs here.
  const packaged = software
    .filter(({ download }) => download === undefined)
    .map(({ command }) => command.replace(/^command -v /, "").split(" ")[0] ?? "")
  return {
    ...Object.fromEntries(packaged.map((name) => [name, saying(`${name} 1.0`)])),
    ...Object.fromEntries(names.map((name) => [name, noting(name)])),
    // Nobody is called user yet.
    id: script('[ "$1" = -u ] && [ $# -eq 2 ] && exit 1\nexec /usr/bin/id "$@"'),
    unzip: script('exec tar -xzf "$2" -C "$4"'),
    xz: script('exec gzip "$@"')
  }
}

export interface StageResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Machine {
  /** Stands for `/`. */
  readonly root: string
  /** Runs a stage by the name of its script; `with`: an archive or entry of the lock that is other than usual. */
  readonly run: (stage: string) => Promise<StageResult>
  /** The calls of stand-ins and the downloads, in their order. */
  readonly calls: () => ReadonlyArray<string>
  /** The next so many downloads of that name answer 503. */
  readonly fail: (name: string, times: number) => void
  /** Puts a stand-in in place of a program. */
  readonly standIn: (name: string, text: string) => void
  /** Changes what the lock says. */
  readonly lock: { readonly downloads: Record<string, { version: string; url: string; sha256: string }> }
  readonly close: () => Promise<void>
}

export const startMachine = async (template: TemplateFolder): Promise<Machine> => {
  const folder = mkdtempSync(join(tmpdir(), "template-stages-"))
  const [root, bin, calls] = [join(folder, "root"), join(folder, "bin"), join(folder, "calls")]
  for (const each of ["tmp", "var/lib/apt/lists", "var/cache/apt", "root/.cache", "home/user"]) {
    mkdirSync(join(root, each), { recursive: true })
  }
  writeFileSync(join(root, "var/lib/apt/lists/archive.ubuntu.com_InRelease"), "list")
  writeFileSync(calls, "")
  writeTree(bin, standIns(calls, template.software))

  const archives = new Map(
    Object.entries(template.downloads).map(([name, { version }]) => [name, packed(folder, name, version)])
  )
  const failing = new Map<string, number>()
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1)
    writeFileSync(calls, `download ${name}\n`, { flag: "a" })
    const left = failing.get(name) ?? 0
    failing.set(name, left - 1)
    response.writeHead(left > 0 ? 503 : 200).end(archives.get(name))
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const downloads = Object.fromEntries(
    [...archives].map(([name, content]) => {
      const sha256 = createHash("sha256").update(content).digest("hex")
      return [name, { version: template.downloads[name]?.version ?? "", url: `${origin}/${name}`, sha256 }]
    })
  )

  const run = (stage: string): Promise<StageResult> => {
    const entries = Object.entries(downloads).map(([name, entry]) => [name, { ...entry, verified: true, source: "" }])
    const base = { image: template.base, sha256: "0".repeat(64), verified: true, source: "" }
    const lock: TemplateLock = { base, downloads: Object.fromEntries(entries) }
    const found = plan(template, lock).find(({ name }) => name === stage)
    if (found === undefined) throw new Error(`no stage ${stage}`)
    const place = join(root, stageFolder)
    for (const file of ["shared/lib.sh", ...found.files]) {
      cpSync(join(template.root, file), join(place, basename(file)), { recursive: true })
    }
    const child = spawn("bash", ["-c", found.command.replace(stageFolder, place)], {
      env: {
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
        HOME: join(root, "root"),
        TEMPLATE_ROOT: root,
        TMPDIR: join(root, "tmp")
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const [out, err]: [Array<Buffer>, Array<Buffer>] = [[], []]
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    return new Promise((resolve) =>
      child.on("close", (code) =>
        resolve({ code: code ?? -1, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() })
      )
    )
  }

  return {
    root,
    run,
    calls: () =>
      readFileSync(calls, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    fail: (name, times) => void failing.set(name, times),
    standIn: (name, text) => writeTree(bin, { [name]: script(text) }),
    lock: { downloads },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      rmSync(folder, { recursive: true })
    }
  }
}
