// One sandbox's file system and environment: a directory that stands for the machine, or files in memory.
//
// Answers for: which path inside the sandbox a path means, which real one that is, what a fresh sandbox contains, and the environment of commands.
// Gotchas: files in memory have no real path, and `copyFrom` and `install` do nothing there. There is no chroot. `/home/user/x` and `/tmp/x` in calls to envd mean `<dir>/home/user/x` and `<dir>/tmp/x`,
// but a command that opens `/tmp/x` opens the real one; it must use $HOME, $TMPDIR, $SANDBOX_ROOT or its working
// directory. `/etc/profile` of the real machine is read by `bash -l` and may replace PATH. Nothing of the simulator's
// own environment reaches a command.
import { cp, mkdir, rm } from "node:fs/promises"
import { join, normalize } from "node:path/posix"
import { folderFiles, memoryFiles } from "./SandboxFiles.ts"
import type { SandboxFiles } from "./SandboxFiles.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"

/** Carried by every process of a sandbox; by it survivors are found (ProcessTree). */
export const processMarker = "E2B_SIMULATOR_SANDBOX"

const users = ["user", "root"]

export class SandboxWorld {
  /** Of this machine; empty when the files are in memory. */
  readonly directory: string
  readonly files: SandboxFiles
  readonly #record: SandboxRecord

  /** `directory`: null keeps the files in memory. */
  constructor(directory: string | null, record: SandboxRecord, now: () => number) {
    this.directory = directory ?? ""
    this.files = directory === null ? memoryFiles(now) : folderFiles(directory)
    this.#record = record
  }

  async build(): Promise<void> {
    if (this.directory === "") return
    const { copyFrom, install } = this.#record.build.contents
    await mkdir(this.directory, { recursive: true })
    if (copyFrom !== undefined) await cp(copyFrom, this.directory, { recursive: true, verbatimSymlinks: true })
    for (const folder of ["home/user", "root", "tmp"]) await mkdir(join(this.directory, folder), { recursive: true })
    await install?.(this.directory)
  }

  async remove(): Promise<void> {
    if (this.directory === "") return
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }

  isUser(name: string): boolean {
    return users.includes(name)
  }

  /** The absolute path inside the sandbox. Real paths are understood; relative ones start at home. `..` does not lead out. */
  inside(path: string, user: string): string {
    const home = user === "root" ? "/root" : "/home/user"
    const isReal = this.directory !== "" && (path === this.directory || path.startsWith(`${this.directory}/`))
    if (isReal) return normalize(`/${path.slice(this.directory.length)}`)
    if (path === "~") return home
    if (path.startsWith("~/")) return join(home, normalize(path.slice(1)))
    return path.startsWith("/") ? normalize(path) : join(home, normalize(`/${path}`))
  }

  /** The real path of what lies inside. */
  real(inside: string): string {
    return `${this.directory}${inside}`
  }

  home(user: string): string {
    return this.real(this.inside("~", user))
  }

  environment(user: string, commandEnvs: Readonly<Record<string, string>>): Record<string, string> {
    const { template, build, sandboxID, envVars } = this.#record
    const templateEnvs = Object.entries(build.contents.envs).map(
      ([name, value]) => [name, value.replaceAll("${SANDBOX_ROOT}", this.directory)] as const
    )
    return {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: this.home(user),
      USER: user,
      LOGNAME: user,
      TMPDIR: this.real("/tmp"),
      E2B_SANDBOX: "true",
      E2B_SANDBOX_ID: sandboxID,
      E2B_TEMPLATE_ID: template.templateID,
      ...Object.fromEntries(templateEnvs),
      ...envVars,
      ...commandEnvs,
      SANDBOX_ROOT: this.directory,
      [processMarker]: sandboxID
    }
  }
}
