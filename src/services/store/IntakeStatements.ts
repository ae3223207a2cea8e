// The statements by which facts are taken in: what is known of a batch's jobs, and its rows.
//
// Answers for: each being one statement for a whole batch. Not for what becomes of a delivery (IntakeStore.ts).
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { JobFacts } from "../../domain/WorkflowJob.ts"
import { type Delivery, type IntakeOutcome, isDelivered } from "./IntakeTypes.ts"
import { decodeJobs, type IntakePath } from "./JobRow.ts"
import { decodeRequests } from "./RequestRow.ts"

type Sql = SqlClient.SqlClient

interface Learnt {
  readonly path: IntakePath
  readonly announcedAt: number | null
  readonly pool: string | null
}

export const jobColumns = (facts: JobFacts, learnt: Learnt, now: number) => ({
  ...facts,
  labels: JSON.stringify(facts.labels),
  ...learnt,
  learntAt: now,
  updatedAt: now
})

export const knownJobs = Effect.fnUntraced(function* (sql: Sql, ids: ReadonlyArray<number>) {
  const rows = yield* sql`SELECT * FROM workflow_jobs WHERE ${sql.in("job_id", ids)}`.pipe(Effect.flatMap(decodeJobs))
  return new Map(rows.map((row) => [row.jobId, row]))
})

/** The requests that these facts are about: by runner name, and by job the newest. */
export const knownRequests = Effect.fnUntraced(function* (sql: Sql, jobs: ReadonlyArray<JobFacts>) {
  const names = jobs.flatMap((job) => (job.runnerName === null ? [] : [job.runnerName]))
  const rows = yield* sql`SELECT * FROM runner_requests WHERE ${sql.in(
    "job_id",
    jobs.map((job) => job.jobId)
  )} ORDER BY queued_at, id`.pipe(Effect.flatMap(decodeRequests))
  const named =
    names.length === 0
      ? []
      : yield* sql`SELECT * FROM runner_requests WHERE ${sql.in("runner_name", names)}`.pipe(
          Effect.flatMap(decodeRequests)
        )
  return {
    byJob: new Map(rows.map((row) => [row.jobId!, row])),
    byRunner: new Map(named.map((row) => [row.runnerName!, row]))
  }
})

export const saveJobs = (sql: Sql, rows: ReadonlyArray<ReturnType<typeof jobColumns>>) => {
  const kept = ["path", "learntAt", "jobId"]
  const changing = Object.keys(rows[0]!).filter((column) => !kept.includes(column))
  return sql`INSERT INTO workflow_jobs ${sql.insert(rows as never)}
    ON CONFLICT (job_id) DO UPDATE SET ${sql.csv(changing.map((column) => sql`${sql(column)} = excluded.${sql(column)}`))}`
}

export const saveDeliveries = (
  sql: Sql,
  deliveries: ReadonlyArray<Delivery>,
  outcomes: ReadonlyArray<IntakeOutcome>,
  now: number
) => {
  const times = new Map<string, number>()
  for (const { guid, path } of deliveries) {
    if (isDelivered(path) && guid !== null) times.set(guid, (times.get(guid) ?? 0) + 1)
  }
  const seen = new Set<string>()
  const rows = deliveries.flatMap((delivery, index) => {
    if (!isDelivered(delivery.path) || (delivery.guid !== null && seen.has(delivery.guid))) return []
    if (delivery.guid !== null) seen.add(delivery.guid)
    return [
      {
        guid: delivery.guid,
        path: delivery.path,
        event: delivery.event,
        action: delivery.action,
        repository: delivery.repository,
        installationId: delivery.installationId,
        jobId: delivery.facts?.jobId ?? null,
        outcome: outcomes[index]!._tag,
        receivedAt: now,
        timesReceived: times.get(delivery.guid ?? "") ?? 1,
        body: delivery.body
      }
    ]
  })
  return rows.length === 0
    ? Effect.void
    : sql`INSERT INTO webhook_deliveries ${sql.insert(rows as never)}
        ON CONFLICT (guid) DO UPDATE SET times_received = webhook_deliveries.times_received + excluded.times_received,
          outcome = excluded.outcome`
}

/** A run that is to be listed already is listed once, at the earlier time. */
export const askForRuns = Effect.fnUntraced(function* (sql: Sql, deliveries: ReadonlyArray<Delivery>, now: number) {
  const runs = new Map(
    deliveries.flatMap(({ installationId, repository, run }) =>
      run === null || repository === null
        ? []
        : [
            [
              run.runId,
              { runId: run.runId, repository, installationId, askedAt: now, dueAt: now + run.delayMillis, attempt: 0 }
            ]
          ]
    )
  )
  if (runs.size === 0) return
  yield* sql`INSERT INTO run_checks ${sql.insert([...runs.values()] as never)}
    ON CONFLICT (run_id) DO UPDATE SET asked_at = excluded.asked_at, attempt = 0,
      due_at = CASE WHEN excluded.due_at < run_checks.due_at THEN excluded.due_at ELSE run_checks.due_at END`
})
