// The machine in memory, with a clock that only moves when told: what a seeded simulation does with it.
import type { SimulatorClock, SimulatorIds } from "../../../src/simulator/github/Environment.ts"
import type { Runner } from "../../../src/simulator/github/machine/Entities.ts"
import { GitHubMachine } from "../../../src/simulator/github/machine/GitHubMachine.ts"
import type { WebhookEvent } from "../../../src/simulator/github/machine/WebhookEvent.ts"
import { defaultLimits } from "../../../src/simulator/github/Options.ts"

export class ManualClock implements SimulatorClock {
  #now: number
  #timers: Array<{ readonly at: number; readonly action: () => void }> = []

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  schedule(delayMillis: number, action: () => void) {
    const timer = { at: this.#now + delayMillis, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Whether something waits for exactly that instant. */
  isAwaited(millis: number): boolean {
    return this.#timers.some(({ at }) => at === millis)
  }

  advance(millis: number): void {
    const end = this.#now + millis
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#now = Math.max(this.#now, due.at)
      due.action()
    }
    this.#now = end
  }
}

const countedIds = (): SimulatorIds => {
  let last = 0
  return {
    next: () => ++last,
    guid: () => `guid-${++last}`,
    secret: (length) => String(++last).padStart(length, "s"),
    sha: () => String(++last).padStart(40, "0")
  }
}

export interface ManualMachine {
  readonly machine: GitHubMachine
  readonly clock: ManualClock
  readonly webhooks: ReadonlyArray<WebhookEvent>
  /** Registers a runner of acme/one (or of the organisation) and brings it online. */
  readonly online: (
    name: string,
    labels: ReadonlyArray<string>,
    at?: { readonly repository?: string | null; readonly group?: string; readonly ephemeral?: boolean }
  ) => Runner
  /** `event action name status` of each webhook, in order. */
  readonly story: () => ReadonlyArray<string>
}

export const manualMachine = (): ManualMachine => {
  const clock = new ManualClock()
  const webhooks: Array<WebhookEvent> = []
  const machine = new GitHubMachine({
    clock,
    ids: countedIds(),
    limits: defaultLimits,
    installations: [
      {
        id: 1,
        owner: "acme",
        ownerType: "Organization",
        repositories: ["one", "two"],
        runnerGroups: [{ name: "gpu", repositories: ["one"] }]
      },
      { id: 2, owner: "dana", ownerType: "User", repositories: ["one"] }
    ],
    serverUrl: "http://127.0.0.1:1",
    hookKind: "integration",
    appId: 4711,
    onWebhook: (event) => webhooks.push(event)
  })
  return {
    machine,
    clock,
    webhooks,
    online: (name, labels, at = {}) => {
      const repository = at.repository === null ? "" : `/${at.repository ?? "one"}`
      const scope = machine.topology.scopeOfUrl(`https://github.com/acme${repository}`)
      const group = machine.topology.groupByName(scope, at.group ?? "Default")
      if (group === null) throw new Error("no such group")
      const registration = { name, labels, group, ephemeral: at.ephemeral ?? true, jit: true, workFolder: "_work" }
      const runner = machine.register(scope, registration, false)
      machine.sessions.open(runner, "2.336.0")
      return runner
    },
    story: () =>
      webhooks.map(({ event, action, body }) => {
        const payload = JSON.parse(body) as Record<string, { readonly name: string; readonly status: string }>
        const subject = payload[event]
        return `${event} ${action} ${subject?.name} ${subject?.status}`
      })
  }
}
