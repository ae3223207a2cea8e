// Who acts next on a request, and by when: the promise of design §2 as a function of one row.
//
// Answers for: naming somebody for every unfinished request. Not for whether there is room for it: a request that waits
// for its turn is claimed by the next node that has some.
// Gotcha: whoever owns a request acts on news at once; `at` says when it acts without any.
import { noPauses, type Patience, runnerDeadline } from "./RunnerDeadline.ts"
import { isFinished, type RunnerRequest } from "./RunnerRequest.ts"

/** The most that single steps take, in milliseconds. */
export interface Bounds extends Patience {
  /** A create, or an upload and start. */
  readonly create: number
  /** Any other call outside. */
  readonly call: number
}

export type NextActor =
  | { readonly who: "nobody" }
  /** The actor of this request on the node that holds it acts at the latest at `at`. */
  | { readonly who: "owner"; readonly owner: string; readonly at: number; readonly because: string }
  /** Any node with room claims it from `at` on. */
  | { readonly who: "any node"; readonly at: number; readonly because: string }

/** GitHub is asked, a sandbox is created and looked for, the runner is registered (by another name if need be) and started. */
const provisioning = ({ call, create }: Bounds) => 2 * create + 12 * call
/** The grace for a `completed` event, both looks at the registration and one at an earlier one, the sandbox. */
const cleaningUp = ({ call }: Bounds) => 10_000 + 8 * call

const unowned = (request: RunnerRequest, now: number): NextActor => {
  const anyNode = (at: number | null, because: string): NextActor => ({
    who: "any node",
    at: Math.max(now, at ?? now),
    because
  })
  if (request.factsVersion > request.handledVersion) return anyNode(now, "there is news about it")
  switch (request.status) {
    case "queued":
      return anyNode(request.dueAt, "its turn has come, or its due time")
    case "stopping":
      return anyNode(request.cleanupDueAt, "something is to be removed, at the next clean-up's due time")
    default:
      return anyNode(now, "its owner is gone, and something may be outside")
  }
}

const owned = (request: RunnerRequest, owner: string, now: number, bounds: Bounds): NextActor => {
  const by = (at: number, because: string): NextActor => ({ who: "owner", owner, at, because })
  switch (request.status) {
    case "creating":
      return by((request.creatingAt ?? request.updatedAt) + provisioning(bounds), "every step has a time limit")
    case "running": {
      const { at, kind } = runnerDeadline(request, bounds, noPauses)
      return by(Math.max(now, at), `the runner's next deadline (${kind})`)
    }
    case "stopping":
      return by(request.updatedAt + cleaningUp(bounds), "every step of a clean-up has a time limit")
    default:
      return by(request.updatedAt + bounds.call, "it is being looked at because of news")
  }
}

/** Total: every unfinished request has somebody. `isAlive`: whether this incarnation's node is. */
export const nextActor = (
  request: RunnerRequest,
  now: number,
  bounds: Bounds,
  isAlive: (owner: string) => boolean
): NextActor => {
  if (isFinished(request)) return { who: "nobody" }
  if (request.owner === null || !isAlive(request.owner)) return unowned(request, now)
  return owned(request, request.owner, now, bounds)
}
