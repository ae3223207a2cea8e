// The little stories that tests of the store and of the fibers tell: a spec, a job that waits, a claim.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as SqlClient from "effect/sql/SqlClient"
import type { ClaimRules } from "../../src/domain/Capacity.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import type { JobFacts } from "../../src/domain/WorkflowJob.ts"
import { type ClaimInput, ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import type { Delivery } from "../../src/services/store/IntakeTypes.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { type SpecInput, SpecStore } from "../../src/services/store/SpecStore.ts"
import { makeJob } from "../domain/RequestArbitrary.ts"

/** A change by somebody who does not care what is there. */
export const unconditionally = { by: "ann", expects: () => true }

export const saveSpec = (over: Partial<SpecInput> = {}) =>
  SpecStore.use((specs) =>
    specs.save(
      {
        name: "small",
        labels: ["self-hosted", "e2b"],
        templateId: "runner",
        runnerGroup: null,
        maxConcurrency: 0,
        minIdle: 0,
        priority: 0,
        enabled: true,
        defaultAvailable: true,
        ...over
      },
      unconditionally
    )
  )

/** A signed delivery about this job; the action follows from the status. */
export const deliveryOf = (job: Partial<JobFacts> = {}, over: Partial<Delivery> = {}): Delivery => {
  const facts = makeJob(job)
  return {
    guid: null,
    event: "workflow_job",
    action: facts.status,
    repository: facts.repository,
    installationId: facts.installationId,
    body: "{}",
    path: "webhook",
    facts,
    run: null,
    foreign: false,
    receivedAt: null,
    ...over
  }
}

export const deliver = (job: Partial<JobFacts> = {}, over: Partial<Delivery> = {}) =>
  IntakeStore.use((intake) => intake.take(deliveryOf(job, over)))

/** Rules that hold nothing up, but for those that are given. */
export const within = (over: Partial<ClaimRules> = {}): { readonly rules: ClaimRules } => ({
  rules: {
    maxRunners: Number.POSITIVE_INFINITY,
    createsPerSecond: "unlimited",
    pointsPerRunner: 0,
    counted: "each account",
    breaker: { deaths: Number.POSITIVE_INFINITY, cooldown: 0 },
    ...over
  }
})

/** What a claim is told; who lives may be known beforehand. */
export type ClaimScene = Partial<
  Omit<ClaimInput, "alive"> & { readonly alive: ReadonlyArray<string> | ClaimInput["alive"] }
>

export const claimAndWait = ({ alive, ...over }: ClaimScene = {}) =>
  ClaimStore.use((claims) =>
    claims.claim({
      owner: "node-1",
      instanceTag: "tag234",
      alive: Effect.isEffect(alive) ? alive : Effect.succeed(alive ?? [over.owner ?? "node-1"]),
      adopt: true,
      workedOn: null,
      room: () => 100,
      roomInAll: 100,
      ...within(),
      ...over
    })
  )

/** Whether a look finds that a claim could take anything, as the nodes `alive` see it. */
export const pending = (alive: ReadonlyArray<string> = ["node-1"], over: Parameters<typeof within>[0] = {}) =>
  ClaimStore.use((claims) => claims.pending(alive, within(over).rules))

export const claim = (over: ClaimScene = {}) => Effect.map(claimAndWait(over), ({ claims }) => claims)

/** The request with this id; dies when there is none. */
export const requestOf = (id: string) =>
  RequestStore.use((store) => store.get(id)).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)

/** Changes a row behind the store's back, to begin a story in the middle of a life. */
export const amend = (id: string, columns: Partial<Record<keyof RunnerRequest, string | number | null>>) =>
  SqlClient.SqlClient.use((sql) => sql`UPDATE runner_requests SET ${sql.update(columns)} WHERE id = ${id}`)

/** When the stored deliveries came in, in the order in which they were written; one for each. */
export const receivedAt = Effect.fnUntraced(function* (...times: ReadonlyArray<number>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ id: number }>`SELECT id FROM webhook_deliveries ORDER BY id`
  assert.lengthOf(rows, times.length)
  for (const [index, { id }] of rows.entries()) {
    yield* sql`UPDATE webhook_deliveries SET ${sql.update({ receivedAt: times[index] })} WHERE id = ${id}`
  }
})

/** Whole rows of a table by their key, an automatic one being the order in which they were written. */
export const rowsOf = (table: string, key = "id") =>
  SqlClient.SqlClient.use((sql) => sql<Record<string, unknown>>`SELECT * FROM ${sql(table)} ORDER BY ${sql(key)}`)

/**
 * How many worlds a law is tried in on a database: in a file SQLite is asked by the same statements as in memory, and each world
 * takes several times as long.
 */
export const runsOn = (backend: string, runs: number): number =>
  backend === "SQLite in a file" ? Math.ceil(runs / 6) : runs

/** Runs `law` on generated values, one after the other; a failure tells the value. */
export const forAll = <A, E, R>(
  arbitrary: fc.Arbitrary<A>,
  numRuns: number,
  law: (value: A) => Effect.Effect<void, E, R>
) =>
  Effect.forEach(
    fc.sample(arbitrary, numRuns),
    (value) =>
      Effect.tapCause(
        Effect.suspend(() => law(value)),
        () => Effect.logError(`the law does not hold for ${JSON.stringify(value)}`)
      ),
    { discard: true }
  )
