// What this process is doing: its loops with their last turns, and the requests that it has an actor for.
//
// Answers for: remembering it for whoever looks (GET /diagnostics). Ambient, as metrics are: fibers note, nobody waits.
// Gotcha: it says what this process does, not what the database knows; another node has its own.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"

/** Times are epoch milliseconds. */
export interface LoopActivity {
  readonly name: string
  /** When its newest turn began. */
  readonly beganAt: number
  /** When a turn ended last; null: none has. */
  readonly endedAt: number | null
  readonly failedAt: number | null
  readonly turns: number
  readonly failures: number
}

const makeActivity = () => {
  const loops = new Map<string, LoopActivity>()
  const actors = new Set<string>()
  return {
    /** In the order in which they began for the first time. */
    loops: (): ReadonlyArray<LoopActivity> => [...loops.values()],
    turnBegan: (name: string, now: number): void => {
      const before = loops.get(name) ?? { name, endedAt: null, failedAt: null, turns: 0, failures: 0 }
      loops.set(name, { ...before, beganAt: now })
    },
    turnEnded: (name: string, succeeded: boolean, now: number): void => {
      const before = loops.get(name)
      if (before === undefined) return
      const ended = { ...before, endedAt: now, turns: before.turns + 1 }
      loops.set(name, succeeded ? ended : { ...ended, failedAt: now, failures: before.failures + 1 })
    },
    actors: (): number => actors.size,
    actorBegan: (requestId: string): void => {
      actors.add(requestId)
    },
    actorEnded: (requestId: string): void => {
      actors.delete(requestId)
    }
  }
}

export type ActivityShape = ReturnType<typeof makeActivity>

export const Activity: Context.Reference<ActivityShape> = Context.Reference<ActivityShape>(
  "runnerd/services/Activity",
  {
    defaultValue: makeActivity
  }
)

export const layer = Layer.sync(Activity, makeActivity)
