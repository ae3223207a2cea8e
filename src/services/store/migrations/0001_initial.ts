// The first schema: every table of the design, columns instead of JSON blobs, times as epoch milliseconds.
//
// Gotchas: label columns hold JSON arrays of strings. Booleans are 0/1 integers. `BIGINT`,
// `TEXT` and `INTEGER` mean the same on SQLite and PostgreSQL; nothing here is specific to either, except
// `identity`, the spelling of an automatic key.
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

export const initial = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const identity = sql.onDialectOrElse({
    pg: () => sql.literal("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    orElse: () => sql.literal("INTEGER PRIMARY KEY")
  })

  yield* sql`CREATE TABLE instance (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`

  yield* sql`CREATE TABLE nodes (
    incarnation TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    process_id INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    ended_at BIGINT
  )`

  yield* sql`CREATE TABLE runner_specs (
    name TEXT PRIMARY KEY,
    labels TEXT NOT NULL,
    template_id TEXT NOT NULL,
    runner_group TEXT,
    max_concurrency INTEGER NOT NULL,
    min_idle INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    default_available INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
  )`

  yield* sql`CREATE TABLE runner_groups (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
  )`
  yield* sql`CREATE TABLE runner_group_specs (
    group_name TEXT NOT NULL,
    spec_name TEXT NOT NULL,
    PRIMARY KEY (group_name, spec_name)
  )`
  yield* sql`CREATE INDEX runner_group_specs_by_spec ON runner_group_specs (spec_name)`

  yield* sql`CREATE TABLE repository_policies (
    id ${identity},
    repository TEXT NOT NULL,
    spec_name TEXT,
    group_name TEXT,
    enabled INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK ((spec_name IS NULL) <> (group_name IS NULL))
  )`
  yield* sql`CREATE UNIQUE INDEX repository_policies_by_spec
    ON repository_policies (repository, spec_name) WHERE spec_name IS NOT NULL`
  yield* sql`CREATE UNIQUE INDEX repository_policies_by_group
    ON repository_policies (repository, group_name) WHERE group_name IS NOT NULL`

  // Bumped by every change of specs, groups or policies, in the same transaction: who caches them sees it.
  yield* sql`CREATE TABLE catalog_version (id INTEGER PRIMARY KEY, version BIGINT NOT NULL)`
  yield* sql`INSERT INTO catalog_version (id, version) VALUES (1, 1)`

  yield* sql`CREATE TABLE workflow_jobs (
    job_id BIGINT PRIMARY KEY,
    run_id BIGINT,
    run_attempt INTEGER,
    repository TEXT NOT NULL,
    installation_id BIGINT,
    name TEXT NOT NULL,
    workflow_name TEXT,
    labels TEXT NOT NULL,
    url TEXT,
    head_branch TEXT,
    head_sha TEXT,
    pull_request_number INTEGER,
    status TEXT NOT NULL,
    conclusion TEXT,
    runner_name TEXT,
    runner_id BIGINT,
    created_at BIGINT,
    started_at BIGINT,
    completed_at BIGINT,
    observed_at BIGINT NOT NULL,
    path TEXT NOT NULL,
    announced_at BIGINT,
    pool TEXT,
    learnt_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
  )`
  yield* sql`CREATE INDEX workflow_jobs_by_runner ON workflow_jobs (runner_name) WHERE runner_name IS NOT NULL`
  yield* sql`CREATE INDEX workflow_jobs_demand ON workflow_jobs (pool) WHERE status = 'queued'`

  yield* sql`CREATE TABLE runner_requests (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    job_id BIGINT,
    repository TEXT NOT NULL,
    spec_name TEXT,
    pool TEXT,
    requested_labels TEXT NOT NULL,
    labels TEXT NOT NULL,
    runner_group TEXT,
    runner_name TEXT,
    runner_id BIGINT,
    status TEXT NOT NULL,
    stage TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    cleanup_attempt INTEGER NOT NULL DEFAULT 0,
    due_at BIGINT,
    cleanup_due_at BIGINT,
    outcome TEXT,
    last_error_class TEXT,
    last_error_code TEXT,
    last_error_message TEXT,
    last_error_stage TEXT,
    failure_stage TEXT,
    failure_reason TEXT,
    error TEXT,
    sandbox_id TEXT,
    sandbox_ends_at BIGINT,
    sandbox_may_exist INTEGER NOT NULL DEFAULT 0,
    pid INTEGER,
    assigned_job_id BIGINT,
    assigned_job_name TEXT,
    trace_context TEXT,
    stop_asked_at BIGINT,
    stop_asked_by TEXT,
    stop_reason TEXT,
    facts_version INTEGER NOT NULL DEFAULT 0,
    handled_version INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    fence INTEGER NOT NULL DEFAULT 0,
    queued_at BIGINT NOT NULL,
    last_attempt_at BIGINT,
    creating_at BIGINT,
    running_at BIGINT,
    ready_at BIGINT,
    assigned_at BIGINT,
    stopping_at BIGINT,
    completed_at BIGINT,
    failed_at BIGINT,
    updated_at BIGINT NOT NULL
  )`
  yield* sql`CREATE INDEX runner_requests_by_job ON runner_requests (job_id) WHERE job_id IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_runner ON runner_requests (runner_name) WHERE runner_name IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_newest ON runner_requests (queued_at DESC, id)`
  yield* sql`CREATE INDEX runner_requests_waiting ON runner_requests (spec_name, queued_at, id) WHERE status = 'queued'`
  yield* sql`CREATE INDEX runner_requests_outside ON runner_requests (owner)
    WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed'`
  yield* sql`CREATE INDEX runner_requests_news ON runner_requests (owner)
    WHERE facts_version > handled_version AND status <> 'completed' AND status <> 'failed'`
  yield* sql`CREATE INDEX runner_requests_pool ON runner_requests (pool)
    WHERE pool IS NOT NULL AND status <> 'completed' AND status <> 'failed'`
  yield* sql`CREATE INDEX runner_requests_sandboxes ON runner_requests (spec_name) WHERE sandbox_may_exist = 1`

  yield* sql`CREATE TABLE request_events (
    id ${identity},
    request_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    stage TEXT
  )`
  yield* sql`CREATE INDEX request_events_by_request ON request_events (request_id, id)`

  yield* sql`CREATE TABLE request_logs (
    id ${identity},
    request_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    stream TEXT NOT NULL,
    text TEXT NOT NULL
  )`
  yield* sql`CREATE INDEX request_logs_by_request ON request_logs (request_id, stream, id)`

  yield* sql`CREATE TABLE webhook_deliveries (
    id ${identity},
    guid TEXT,
    path TEXT NOT NULL,
    event TEXT NOT NULL,
    action TEXT,
    repository TEXT,
    installation_id BIGINT,
    job_id BIGINT,
    outcome TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    times_received INTEGER NOT NULL,
    body TEXT
  )`
  yield* sql`CREATE UNIQUE INDEX webhook_deliveries_by_guid ON webhook_deliveries (guid)`
  yield* sql`CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (received_at)`
  yield* sql`CREATE INDEX webhook_deliveries_bodies ON webhook_deliveries (received_at) WHERE body IS NOT NULL`
})
