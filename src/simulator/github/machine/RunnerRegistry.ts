// The registered runners, and the tokens by which they come and go.
//
// Answers for: registration tokens, remove tokens, generate-jitconfig's registration, uniqueness of names, deletion.
// Not for what a runner does once it is registered (RunnerSessions.ts).
// Gotcha: names are unique per repository or organisation, case-insensitively. The `***` of the 409 is GitHub's own.
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { Runner, RunnerGroup, RunnerLabel, RunnerScope } from "./Entities.ts"
import { notFound, Refused } from "./Refused.ts"
import type { RunnerFaultKind } from "./RunnerFaults.ts"

const tokenLifetimeMillis = 3_600_000
const readOnlyLabels = new Set(["self-hosted", "linux", "windows", "macos", "x64", "arm", "arm64"])

export interface RunnerRegistration {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  readonly group: RunnerGroup
  readonly ephemeral: boolean
  readonly jit: boolean
  readonly workFolder: string
  readonly misbehaviour?: ReadonlySet<RunnerFaultKind>
}

interface ScopedToken {
  readonly purpose: "register" | "remove"
  readonly scopeKey: string
  readonly expiresAt: number
}

/** Repositories and organisations by id: the unit in which runner names are unique. */
export const placeOf = (scope: RunnerScope): string =>
  scope.repository === null ? `org:${scope.installation.account.id}` : `repo:${scope.repository.id}`

export class RunnerRegistry {
  readonly byId = new Map<number, Runner>()
  readonly #byScope = new Map<string, Map<string, Runner>>()
  readonly #byToken = new Map<string, Runner>()
  readonly #tokens = new Map<string, ScopedToken>()
  readonly #labelIds = new Map<string, number>()
  readonly #clock: SimulatorClock
  readonly #ids: SimulatorIds

  constructor(clock: SimulatorClock, ids: SimulatorIds) {
    this.#clock = clock
    this.#ids = ids
  }

  /** A token for config.sh, valid for one hour and for any number of runners. */
  issueToken(scope: RunnerScope, purpose: "register" | "remove"): { token: string; expiresAt: number } {
    const token = `A${this.#ids.secret(28).toUpperCase()}`
    const expiresAt = this.#clock.now() + tokenLifetimeMillis
    this.#tokens.set(token, { purpose, scopeKey: placeOf(scope), expiresAt })
    return { token, expiresAt }
  }

  /** 404 when the token is unknown, expired, for something else or for another place, as GitHub answers a runner. */
  checkToken(token: string, scope: RunnerScope, purpose: "register" | "remove"): void {
    const known = this.#tokens.get(token)
    if (known === undefined || known.purpose !== purpose) throw notFound()
    if (known.expiresAt <= this.#clock.now() || known.scopeKey !== placeOf(scope)) throw notFound()
  }

  /** 409 when the name is taken. */
  register(scope: RunnerScope, registration: RunnerRegistration): Runner {
    const names = this.#byScope.get(placeOf(scope)) ?? new Map<string, Runner>()
    if (names.has(registration.name.toLowerCase())) {
      throw new Refused(409, "Already exists - A runner with the name *** already exists.")
    }
    const runner: Runner = {
      id: this.#ids.next(),
      name: registration.name,
      scope,
      labels: [...new Set(registration.labels)].map((name) => this.#label(name)),
      group: registration.group,
      ephemeral: registration.ephemeral,
      jit: registration.jit,
      workFolder: registration.workFolder,
      createdAt: this.#clock.now(),
      token: this.#ids.secret(40),
      misbehaviour: registration.misbehaviour ?? new Set(),
      version: null,
      session: null,
      job: null,
      stopExpiryTimer: null
    }
    names.set(runner.name.toLowerCase(), runner)
    this.#byScope.set(placeOf(scope), names)
    this.byId.set(runner.id, runner)
    this.#byToken.set(runner.token, runner)
    return runner
  }

  #label(name: string): RunnerLabel {
    const id = this.#labelIds.get(name) ?? this.#labelIds.size + 1
    this.#labelIds.set(name, id)
    return { id, name, type: readOnlyLabels.has(name.toLowerCase()) ? "read-only" : "custom" }
  }

  remove(runner: Runner): void {
    this.byId.delete(runner.id)
    this.#byToken.delete(runner.token)
    this.#byScope.get(placeOf(runner.scope))?.delete(runner.name.toLowerCase())
  }

  /** Oldest first. `name`: that runner alone. */
  list(scope: RunnerScope, name?: string): ReadonlyArray<Runner> {
    const names = this.#byScope.get(placeOf(scope))
    if (names === undefined) return []
    if (name === undefined) return [...names.values()]
    const runner = names.get(name.toLowerCase())
    return runner === undefined ? [] : [runner]
  }

  /** 404 when the runner is not registered in this scope. */
  find(scope: RunnerScope, id: number): Runner {
    const runner = this.byId.get(id)
    if (runner === undefined || placeOf(runner.scope) !== placeOf(scope)) throw notFound()
    return runner
  }

  byCredential(token: string): Runner | null {
    return this.#byToken.get(token) ?? null
  }

  clear(): void {
    this.byId.clear()
    this.#byScope.clear()
    this.#byToken.clear()
    this.#tokens.clear()
  }
}
