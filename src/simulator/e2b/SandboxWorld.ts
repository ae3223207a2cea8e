// One sandbox's file system and environment: a directory that stands for the machine.
//
// Answers for: which real path a sandbox path means, what a fresh sandbox contains, and the environment of commands.
// Gotchas: there is no chroot. `/home/user/x` and `/tmp/x` in calls to envd mean `<dir>/home/user/x` and `<dir>/tmp/x`,
// but a command that opens `/tmp/x` opens the real one; it must use $HOME, $TMPDIR, $SANDBOX_ROOT or its working
// directory. `/etc/profile` of the real machine is read by `bash -l` and may replace PATH. Nothing of the simulator's
// own environment reaches a command.
import { cp, mkdir, rm } from "node:fs/promises"
import { join, normalize } from "node:path/posix"
import type { SandboxRecord } from "./SandboxRecord.ts"

/** Carried by every process of a sandbox; by it survivors are found (ProcessTree). */
export const processMarker = "E2B_SIMULATOR_SANDBOX"

const users = ["user", "root"]

export class SandboxWorld {
  readonly directory: string
  readonly #record: SandboxRecord

  constructor(directory: string, record: SandboxRecord) {
    this.directory = directory
    this.#record = record
  }

  async build(): Promise<void> {
    const { copyFrom, install } = this.#record.template
    await mkdir(this.directory, { recursive: true })
    if (copyFrom !== undefined) await cp(copyFrom, this.directory, { recursive: true, verbatimSymlinks: true })
    for (const folder of ["home/user", "root", "tmp"]) await mkdir(join(this.directory, folder), { recursive: true })
    await install?.(this.directory)
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }

  isUser(name: string): boolean {
    return users.includes(name)
  }

  home(user: string): string {
    return join(this.directory, user === "root" ? "root" : "home/user")
  }

  /** Paths that already lie in the directory are kept; relative ones start at home. `..` does not lead out. */
  resolve(path: string, user: string): string {
    if (path === this.directory || path.startsWith(`${this.directory}/`)) return normalize(path)
    if (path === "~" || path.startsWith("~/")) return join(this.home(user), normalize(`/${path.slice(1)}`))
    if (path.startsWith("/")) return join(this.directory, normalize(path))
    return join(this.home(user), normalize(`/${path}`))
  }

  environment(user: string, commandEnvs: Readonly<Record<string, string>>): Record<string, string> {
    const { template, sandboxID, envVars } = this.#record
    const templateEnvs = Object.entries(template.envs).map(
      ([name, value]) => [name, value.replaceAll("${SANDBOX_ROOT}", this.directory)] as const
    )
    return {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: this.home(user),
      USER: user,
      LOGNAME: user,
      TMPDIR: join(this.directory, "tmp"),
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
