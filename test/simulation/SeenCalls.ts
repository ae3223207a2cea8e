// What a node asks of E2B and GitHub, seen at the moment in which it asks.
//
// Answers for: telling which calls change something outside, and for which request. What must be true of the node then: Judgement.ts.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"

export interface SeenCall {
  /** The service's method. */
  readonly operation: string
  /** Whether it makes, changes or removes something. */
  readonly changes: boolean
  /** The row of the request for which it makes something, as a condition; null: removing is for a sweep, too. */
  readonly request: string | null
}

type Method<Service, Name extends keyof Service> = Extract<Service[Name], (...args: never) => unknown>
type Rows<Service> = {
  readonly [Name in keyof Service]?: (...args: Parameters<Method<Service, Name>>) => string | null
}

/** The calls that change something, and the request's row. */
const sandboxChanges: Rows<Sandboxes["Service"]> = {
  create: ({ metadata }) => `id = '${metadata["request_id"]}' AND fence = ${metadata["fence"]}`,
  kill: () => null,
  setTimeout: (sandboxId) => `sandbox_id = '${sandboxId}'`,
  writeFile: ({ sandboxId }) => `sandbox_id = '${sandboxId}'`,
  start: ({ sandboxId }) => `sandbox_id = '${sandboxId}'`
}
const gitHubChanges: Rows<GitHub["Service"]> = {
  createJitConfig: (_target, { runnerName }) => `runner_name = '${runnerName}'`,
  registrationToken: () => null,
  deleteRunner: () => null
}

const seenService = <S extends object>(service: S, changes: Rows<S>, see: (call: SeenCall) => void): S => {
  const rows = changes as Readonly<Record<string, ((...args: ReadonlyArray<unknown>) => string | null) | undefined>>
  const entries = Object.entries(service).map(([operation, value]: [string, unknown]) => {
    if (typeof value !== "function") return [operation, value]
    const method = value as (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown>
    const row = rows[operation]
    return [
      operation,
      (...args: ReadonlyArray<unknown>) =>
        Effect.suspend(() => {
          see({ operation, changes: row !== undefined, request: row?.(...args) ?? null })
          return method(...args)
        })
    ]
  })
  return Object.fromEntries(entries) as S
}

/** The same services; `see` is told of each call before it is made. */
export const seenOutside = (
  services: Context.Context<GitHub | Sandboxes>,
  see: (call: SeenCall) => void
): Context.Context<GitHub | Sandboxes> =>
  Context.make(GitHub, seenService(Context.get(services, GitHub), gitHubChanges, see)).pipe(
    Context.add(Sandboxes, seenService(Context.get(services, Sandboxes), sandboxChanges, see))
  )
