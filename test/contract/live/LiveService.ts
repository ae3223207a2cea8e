// A real service that the contract tests can be pointed at by hand.
//
// Answers for: what `npm run test:live` has to know of each. A fixture asks Outside.ts whether it runs against one.
import type { ServiceName } from "../Outside.ts"

export interface LiveSetting {
  /** The environment variable it is read from, or the key of the credentials file. */
  readonly variable: string
  /** It is needed when left out. */
  readonly otherwise?: string
  readonly secret?: boolean
}

export type Settings = Readonly<Record<string, string>>

/** The same tests in the same mode, against a simulator. */
export interface Rehearsal {
  readonly settings: Settings
  /** What the tests used, and what that would cost. Once they are over. */
  readonly told: () => ReadonlyArray<string>
  readonly close: () => Promise<void>
}

export interface LiveService {
  readonly name: ServiceName
  readonly suites: ReadonlyArray<string>
  readonly settings: Readonly<Record<string, LiveSetting>>
  readonly rehearse: () => Promise<Rehearsal>
  /** Removes what carries the run's mark, and tells how much that was. */
  readonly cleanUp: (settings: Settings, run: string) => Promise<number>
}
