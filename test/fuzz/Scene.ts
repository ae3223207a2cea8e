// What is there when the fuzzed requests begin and is put back now and then, and whether a request wrote anything.
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { GroupStore } from "../../src/services/store/GroupStore.ts"
import { PolicyStore } from "../../src/services/store/PolicyStore.ts"
import { amend, deliver, saveSpec, unconditionally } from "../support/StoreScenes.ts"
import { jobPayload } from "../http/ServerFixture.ts"

export const scene = Effect.gen(function* () {
  yield* saveSpec()
  yield* saveSpec({ name: "large", labels: ["self-hosted", "large"], defaultAvailable: false })
  yield* GroupStore.use((groups) =>
    groups.save({ name: "everyone", description: "", specNames: ["small", "large"], enabled: true }, unconditionally)
  )
  for (const repository of ["acme/*", "acme/web", "acme/api", "other/*", "other/web", "other/api"]) {
    const policy = { repository, target: { _tag: "Group", groupName: "everyone" }, enabled: true } as const
    yield* PolicyStore.use((policies) => policies.save(policy, unconditionally))
  }
  for (const jobId of [101, 102, 103, 104, 105]) {
    yield* deliver(
      { jobId, name: "Build", workflowName: "CI" },
      { guid: `guid-${jobId}`, body: jobPayload({ id: jobId }) }
    )
  }
  yield* amend("102", { status: "running", sandboxId: "iabc", runnerName: "e2b-tag-102-1" })
  for (const id of ["103", "104", "105"]) {
    yield* amend(id, { status: "failed", failureReason: "timeout", failedAt: Date.UTC(2026, 0, 1) })
  }
})

const tables = [
  "runner_requests",
  "workflow_jobs",
  "request_events",
  "runner_specs",
  "runner_groups",
  "runner_group_specs",
  "repository_policies",
  "audit_events",
  "webhook_deliveries",
  "spec_turns"
]

/** Another one whenever something was written: SQLite counts changes, PostgreSQL stamps rows. */
export const writes = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const counts = tables.map(
    (table) => `SELECT '${table}' AS t, count(*) AS n, max(xmin::text::bigint) AS x FROM ${table}`
  )
  const rows = yield* sql.onDialectOrElse({
    pg: () => sql.unsafe<object>(counts.join(" UNION ALL ")),
    orElse: () => sql.unsafe<object>("SELECT total_changes() AS n")
  })
  return JSON.stringify(rows)
})
