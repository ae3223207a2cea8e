// What may be provisioned now: the caps, E2B's limits and our pace, GitHub's limits; and what stands in a request's way.
//
// Answers for: the one set of rules that claims obey (services/store/ClaimCandidates.ts) and that the explanation tells, so
// that nothing is refused without a reason that can be shown. Not for whose turn it is (services/store/Turns.ts), nor for a
// request's own due time.
// Gotcha: caps count sandboxes that may exist, not statuses.
import * as CallLimit from "./CallLimit.ts"
import { type CreateLimit, createRoom } from "./CreateLimit.ts"
import { type Rate, roomAt } from "./Pace.ts"
import type { ReasonCode } from "./ReasonCode.ts"
import { counted, withoutEnd } from "./Sentence.ts"
import { type BreakerRules, breakerState, deathsMessage, type SpecDeaths } from "./SpecBreaker.ts"

/** What the configuration allows. */
export interface ClaimRules {
  /** worker.max_concurrent_runners; infinite when unlimited. */
  readonly maxRunners: number
  /** e2b.creates_per_second */
  readonly createsPerSecond: Rate
  /** GitHub's points for registering one runner; 0: registering costs none that matter. */
  readonly pointsPerRunner: number
  readonly counted: CallLimit.Counted
  readonly breaker: BreakerRules
}

/** GitHub does not want an account's runners to be begun before `until` (epoch milliseconds). */
export interface AccountHold {
  readonly until: number
  /** Null: GitHub has not refused a call, it said how little is left. */
  readonly code: ReasonCode | null
  readonly message: string | null
}

/** GitHub's points for registrations of one account that were made within the last minute, or are about to be. */
export interface PointsSpent {
  readonly points: number
  /** When the first of them may be spent again; null: none of these registrations has been made yet. */
  readonly backAt: number | null
}

/** How the specs and their sandboxes stand at one moment, as the database has them. */
export interface SpecCapacity extends ClaimRules {
  readonly now: number
  /** Sandboxes that may exist, by spec. */
  readonly usedBy: ReadonlyMap<string | null, number>
  /** `max_concurrency` of every spec there is. */
  readonly capOf: ReadonlyMap<string, number>
  /** Of specs whose newest sandboxes died. */
  readonly deathsOf: ReadonlyMap<string, SpecDeaths>
  /** Sandboxes that may exist and have taken no job, by spec: of those in `deathsOf`. */
  readonly unprovenBy: ReadonlyMap<string, number>
}

/** How all things stand at one moment, as the database has them. */
export interface Capacity extends SpecCapacity {
  readonly creates: CreateLimit
  /** By scope (CallLimit.scopeOf). */
  readonly holds: ReadonlyMap<string, AccountHold>
  /** GitHub's points that can be spent no more for now, by scope. */
  readonly spent: ReadonlyMap<string, PointsSpent>
}

const usedInAll = ({ usedBy }: SpecCapacity): number => [...usedBy.values()].reduce((sum, count) => sum + count, 0)

export const roomInAll = (capacity: SpecCapacity): number => Math.max(0, capacity.maxRunners - usedInAll(capacity))

const breakerOf = ({ breaker, deathsOf, now }: SpecCapacity, specName: string) =>
  breakerState(deathsOf.get(specName) ?? null, breaker, now)

/** Sandboxes that a spec's circuit breaker lets it have more. */
const roomOfBreaker = (capacity: SpecCapacity, specName: string): number => {
  switch (breakerOf(capacity, specName)._tag) {
    case "Closed":
      return Number.POSITIVE_INFINITY
    case "Paused":
      return 0
    case "Probing":
      return Math.max(0, 1 - (capacity.unprovenBy.get(specName) ?? 0))
  }
}

const roomOfCap = ({ capOf, usedBy }: SpecCapacity, specName: string): number => {
  const cap = capOf.get(specName) ?? 0
  return cap <= 0 ? Number.POSITIVE_INFINITY : Math.max(0, cap - (usedBy.get(specName) ?? 0))
}

/**
 * Infinite for a spec without a cap. One that was deleted meanwhile has none either: its requests are claimed so that
 * they can fail visibly.
 */
export const roomOfSpec = (capacity: SpecCapacity, specName: string): number =>
  Math.min(roomOfCap(capacity, specName), roomOfBreaker(capacity, specName))

/** How many creates E2B may be asked for; `nextAt`: when its pace or limit alone allows one more. */
export const roomForCreates = (capacity: Capacity) =>
  createRoom(capacity.creates, capacity.createsPerSecond, usedInAll(capacity), capacity.now)

/** Runners of one account at GitHub. `begun`: points that are about to be spent. */
export const roomOfAccount = ({ holds, pointsPerRunner, spent }: Capacity, scope: string, begun = 0): number => {
  if (holds.has(scope)) return 0
  if (pointsPerRunner === 0) return Number.POSITIVE_INFINITY
  return Math.max(
    0,
    Math.floor((CallLimit.pointsPerWindow - (spent.get(scope)?.points ?? 0) - begun) / pointsPerRunner)
  )
}

/** When an account without room has more; null: nobody knows. */
export const accountOpensAt = ({ holds, spent }: Capacity, scope: string): number | null =>
  holds.get(scope)?.until ?? spent.get(scope)?.backAt ?? null

export const obstacleCodes = [
  "runners_full",
  "spec_full",
  "spec_paused",
  "e2b_hold",
  "e2b_full",
  "e2b_pace",
  "github_hold",
  "github_pace"
] as const

export interface Obstacle {
  readonly code: (typeof obstacleCodes)[number]
  /** A whole sentence. */
  readonly message: string
  /** Epoch milliseconds; null: nobody knows. */
  readonly until: number | null
}

const sandboxes = (count: number): string => counted(count, "sandbox", "sandboxes")

const exist = (count: number): string => (count === 1 ? "exists" : "exist")

const inAll = (capacity: Capacity): ReadonlyArray<Obstacle> =>
  roomInAll(capacity) > 0
    ? []
    : [
        {
          code: "runners_full",
          message: `${sandboxes(usedInAll(capacity))} ${exist(usedInAll(capacity))}, and worker.max_concurrent_runners allows ${capacity.maxRunners}.`,
          until: null
        }
      ]

const ofSpec = (capacity: Capacity, specName: string): ReadonlyArray<Obstacle> => {
  if (roomOfCap(capacity, specName) > 0) return []
  const used = capacity.usedBy.get(specName) ?? 0
  const cap = capacity.capOf.get(specName) ?? 0
  return [
    {
      code: "spec_full",
      message: `${sandboxes(used)} of runner spec ${specName} ${exist(used)}, and its max_concurrency is ${cap}.`,
      until: null
    }
  ]
}

const ofBreaker = (capacity: Capacity, specName: string): ReadonlyArray<Obstacle> => {
  const deaths = capacity.deathsOf.get(specName)
  if (deaths === undefined || roomOfBreaker(capacity, specName) > 0) return []
  const state = breakerOf(capacity, specName)
  const why = deathsMessage(specName, deaths)
  return [
    state._tag === "Paused"
      ? {
          code: "spec_paused",
          message: `${why} It is paused; one sandbox then shows whether it works again. Resume it once its cause is mended.`,
          until: state.until
        }
      : { code: "spec_paused", message: `${why} One sandbox shows now whether it works again.`, until: null }
  ]
}

const ofCreates = (capacity: Capacity): ReadonlyArray<Obstacle> => {
  const { creates, createsPerSecond, now } = capacity
  const { nextAt, room } = roomForCreates(capacity)
  if (room > 0) return []
  const said = creates.message === null ? "" : `: ${withoutEnd(creates.message)}`
  if (creates.openAt !== null && creates.openAt > now) {
    return [{ code: "e2b_hold", message: `E2B is not asked for sandboxes for now${said}.`, until: creates.openAt }]
  }
  if (roomAt(createsPerSecond, creates.bucket, now).room === 0) {
    return [
      {
        code: "e2b_pace",
        message: `E2B is asked for ${createsPerSecond === "unlimited" ? "any number of sandboxes" : sandboxes(createsPerSecond)} a second at most (e2b.creates_per_second).`,
        until: nextAt
      }
    ]
  }
  return [
    {
      code: "e2b_full",
      message: `E2B gave no more than ${sandboxes(creates.ceiling ?? 0)}${said}. The next one is asked for when one of them ends, or when it is time to look again.`,
      until: nextAt
    }
  ]
}

const ofAccount = (capacity: Capacity, repository: string): ReadonlyArray<Obstacle> => {
  const scope = CallLimit.scopeOf(capacity.counted, repository)
  if (roomOfAccount(capacity, scope) > 0) return []
  const hold = capacity.holds.get(scope)
  if (hold === undefined) {
    return [
      {
        code: "github_pace",
        message: `Registering runners has used up what GitHub allows in a minute (${CallLimit.pointsPerWindow} points, ${capacity.pointsPerRunner} for each runner).`,
        until: accountOpensAt(capacity, scope)
      }
    ]
  }
  const message =
    hold.message ?? "GitHub's hourly limit is nearly used up, and what is left of it is kept for runners that exist"
  return [{ code: "github_hold", message: `${withoutEnd(message)}.`, until: hold.until }]
}

/** Why no node may provision a runner of this spec for this repository now; empty: any node with room may. */
export const obstacles = (
  capacity: Capacity,
  request: { readonly specName: string; readonly repository: string }
): ReadonlyArray<Obstacle> => [
  ...inAll(capacity),
  ...ofSpec(capacity, request.specName),
  ...ofBreaker(capacity, request.specName),
  ...ofCreates(capacity),
  ...ofAccount(capacity, request.repository)
]
