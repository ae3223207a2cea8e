// The hosts of all sandboxes: made when a sandbox is first touched, ended with it.
//
// Answers for: which sandbox has a host, and who still has to be waited for.
// Gotcha: a host in its teardown is no longer found (`of`), but still counts for `allTorndown`.
import type { SandboxFleet } from "./SandboxFleet.ts"
import { SandboxHost } from "./SandboxHost.ts"
import type { HostOptions } from "./SandboxHost.ts"

export class SandboxHosts {
  readonly #fleet: SandboxFleet
  readonly #options: HostOptions
  readonly #hosts = new Map<string, SandboxHost>()
  readonly #ending = new Map<string, Promise<void>>()

  constructor(fleet: SandboxFleet, options: HostOptions) {
    this.#fleet = fleet
    this.#options = options
    fleet.onPausedOrResumed((record) => this.#hosts.get(record.sandboxID)?.freeze(record.state === "paused"))
    fleet.onEnded((record) => this.#end(record.sandboxID))
  }

  /** Undefined when the sandbox does not live, or is paused. */
  of(sandboxID: string): SandboxHost | undefined {
    const record = this.#fleet.find(sandboxID)
    if (record?.state !== "running") return undefined
    const existing = this.#hosts.get(sandboxID)
    if (existing !== undefined) return existing
    const host = new SandboxHost(record, this.#options)
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
    if (sandboxIDs.size === 0) return
    this.#options.commands.endNow(
      sandboxIDs,
      hosts.flatMap((host) => [...host.running()])
    )
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
