// The hosts of all sandboxes: made when a sandbox is first touched, ended with it.
//
// Answers for: which sandbox has a host, and who still has to be waited for.
// Gotcha: a host in its teardown is no longer found (`of`), but still counts for `allTorndown`.
import { join } from "node:path"
import { killNow, ProcessTree } from "./ProcessTree.ts"
import type { SandboxFleet } from "./SandboxFleet.ts"
import { SandboxHost } from "./SandboxHost.ts"
import type { HostOptions } from "./SandboxHost.ts"

export class SandboxHosts {
  readonly #fleet: SandboxFleet
  readonly #root: string
  readonly #options: HostOptions
  readonly #hosts = new Map<string, SandboxHost>()
  readonly #ending = new Map<string, Promise<void>>()

  constructor(fleet: SandboxFleet, root: string, options: Omit<HostOptions, "tree">) {
    this.#fleet = fleet
    this.#root = root
    this.#options = { ...options, tree: new ProcessTree() }
    fleet.onEnded((record) => this.#end(record.sandboxID))
  }

  /** Undefined when the sandbox does not live. */
  of(sandboxID: string): SandboxHost | undefined {
    const existing = this.#hosts.get(sandboxID)
    if (existing !== undefined) return existing
    const record = this.#fleet.find(sandboxID)
    if (record === undefined) return undefined
    const host = new SandboxHost(record, join(this.#root, sandboxID), this.#options)
    this.#hosts.set(sandboxID, host)
    return host
  }

  /** Undefined also when nothing was ever done in the sandbox. */
  opened(sandboxID: string): SandboxHost | undefined {
    return this.#hosts.get(sandboxID)
  }

  torndown(sandboxID: string): Promise<void> {
    return this.#ending.get(sandboxID) ?? Promise.resolve()
  }

  async allTorndown(): Promise<void> {
    await Promise.all(this.#ending.values())
  }

  /** Kills what runs in any sandbox, without waiting: for the end of this process. */
  killNow(): void {
    const hosts = [...this.#hosts.values()]
    const sandboxIDs = new Set([...hosts.map((host) => host.record.sandboxID), ...this.#ending.keys()])
    const groups = hosts.flatMap((host) => [...host.groups()])
    if (sandboxIDs.size === 0) return
    for (let round = 0; round < 20 && killNow(sandboxIDs, groups) > 0; round += 1);
  }

  #end(sandboxID: string): void {
    const host = this.#hosts.get(sandboxID)
    if (host === undefined) return
    this.#hosts.delete(sandboxID)
    this.#ending.set(
      sandboxID,
      host.end().finally(() => this.#ending.delete(sandboxID))
    )
  }
}
