// Whose turn it is: repositories take turns within a spec, and specs take turns with each other.
//
// Answers for: the turn a request is given when it joins the queue, and how far the turns have come. It is fair queueing by
// start times: a repository's next request comes one turn after its last one that waits, but never before the turn that the
// spec is at. So the claim reads an index in order and knows nothing of repositories, a matrix of 500 jobs has its
// second job after everybody's first, and who comes back after a rest has saved nothing up.
// Gotcha: a request keeps its turn when it is put off or tried again: it goes first when its time has come.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"

type Sql = SqlClient.SqlClient

/** The turn that the next request of this repository gets. */
const nextTurn = (sql: Sql, specName: string, repository: string) =>
  Effect.map(
    sql<{ turn: number | null }>`SELECT max(turn) AS turn FROM (
      SELECT turn FROM spec_turns WHERE spec_name = ${specName}
      UNION ALL
      SELECT max(turn) + 1 FROM runner_requests
      WHERE status = 'queued' AND spec_name = ${specName} AND repository = ${repository}
    ) AS turns`,
    (rows) => rows[0]?.turn ?? 0
  )

/** The turns of requests that join the queue in this order. */
export const giveTurns = Effect.fnUntraced(function* (
  sql: Sql,
  requests: ReadonlyArray<Pick<RunnerRequest, "specName" | "repository">>
) {
  const next = new Map<string, number>()
  const turns: Array<number> = []
  for (const { repository, specName } of requests) {
    if (specName === null) {
      turns.push(0)
      continue
    }
    const key = `${specName}\n${repository}`
    const turn = next.get(key) ?? (yield* nextTurn(sql, specName, repository))
    next.set(key, turn + 1)
    turns.push(turn)
  }
  return turns
})

export interface SpecTurn {
  /** The highest turn that was claimed. */
  readonly turn: number
  /** Goes up with every claim of any spec: the spec with the lowest was served longest ago. */
  readonly served: number
}

export const specTurns = (sql: Sql) =>
  Effect.map(
    sql<SpecTurn & { readonly specName: string }>`SELECT spec_name, turn, served FROM spec_turns`,
    (rows) => new Map(rows.map((row): [string, SpecTurn] => [row.specName, row]))
  )

export const saveSpecTurns = (sql: Sql, turns: ReadonlyMap<string, SpecTurn>) =>
  sql`INSERT INTO spec_turns ${sql.insert(
    [...turns].map(([specName, { served, turn }]) => ({ specName, turn, served })) as never
  )} ON CONFLICT (spec_name) DO UPDATE SET turn = excluded.turn, served = excluded.served`

interface Waiting {
  readonly turn: number
  readonly queuedAt: number
}

/**
 * Deals requests out, spec by spec in turn, each spec's in the given order. `accept` may pass one over. Gives the chosen,
 * at most `most`, and the turns as they are then.
 */
export const deal = <A extends Waiting>(
  queues: ReadonlyMap<string, ReadonlyArray<A>>,
  before: ReadonlyMap<string, SpecTurn>,
  most: number,
  accept: (candidate: A) => boolean
) => {
  const chosen: Array<A> = []
  const after = new Map<string, SpecTurn>()
  const left = new Map([...queues].map(([specName, queue]): [string, Array<A>] => [specName, [...queue]]))
  let served = Math.max(0, ...[...before.values()].map((turn) => turn.served))
  const servedOf = (specName: string) => (after.get(specName) ?? before.get(specName))?.served ?? 0
  while (chosen.length < most) {
    const waiting = [...left].filter(([, queue]) => queue.length > 0)
    const [specName, queue] =
      waiting.sort(
        ([a, [headA]], [b, [headB]]) => servedOf(a) - servedOf(b) || (headA?.queuedAt ?? 0) - (headB?.queuedAt ?? 0)
      )[0] ?? []
    const head = queue?.shift()
    if (specName === undefined || head === undefined) break
    if (!accept(head)) continue
    chosen.push(head)
    served += 1
    const turn = Math.max((after.get(specName) ?? before.get(specName))?.turn ?? 0, head.turn)
    after.set(specName, { turn, served })
  }
  return { chosen, after }
}
