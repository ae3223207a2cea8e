// The first schema: every table of the design, columns instead of JSON blobs.
//
// Gotchas: label columns hold JSON arrays of strings. Booleans are 0/1 integers. A column that ends in `_at` is an
// instant, and no other is (a test holds it). What SQLite and PostgreSQL spell differently comes from Dialect.ts.
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { columnTypes } from "../Dialect.ts"

export const initial = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { identity, instant, text } = columnTypes(sql)

  yield* sql`CREATE TABLE instance (
    id ${text} PRIMARY KEY,
    fingerprint ${text} NOT NULL,
    created_at ${instant} NOT NULL
  )`

  yield* sql`CREATE TABLE nodes (
    incarnation ${text} PRIMARY KEY,
    host ${text} NOT NULL,
    process_id INTEGER NOT NULL,
    lock_key INTEGER NOT NULL,
    started_at ${instant} NOT NULL,
    heartbeat_at ${instant} NOT NULL,
    ended_at ${instant}
  )`

  yield* sql`CREATE TABLE runner_specs (
    name ${text} PRIMARY KEY,
    labels ${text} NOT NULL,
    template_id ${text} NOT NULL,
    runner_group ${text},
    max_concurrency INTEGER NOT NULL,
    min_idle INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    default_available INTEGER NOT NULL,
    created_at ${instant} NOT NULL,
    updated_at ${instant} NOT NULL
  )`

  yield* sql`CREATE TABLE runner_groups (
    name ${text} PRIMARY KEY,
    description ${text} NOT NULL,
    enabled INTEGER NOT NULL,
    created_at ${instant} NOT NULL,
    updated_at ${instant} NOT NULL
  )`
  yield* sql`CREATE TABLE runner_group_specs (
    group_name ${text} NOT NULL,
    spec_name ${text} NOT NULL,
    PRIMARY KEY (group_name, spec_name)
  )`
  yield* sql`CREATE INDEX runner_group_specs_by_spec ON runner_group_specs (spec_name)`

  yield* sql`CREATE TABLE repository_policies (
    id ${identity},
    repository ${text} NOT NULL,
    spec_name ${text},
    group_name ${text},
    enabled INTEGER NOT NULL,
    created_at ${instant} NOT NULL,
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
    repository ${text} NOT NULL,
    installation_id BIGINT,
    name ${text} NOT NULL,
    workflow_name ${text},
    labels ${text} NOT NULL,
    url ${text},
    head_branch ${text},
    head_sha ${text},
    pull_request_number INTEGER,
    status ${text} NOT NULL,
    conclusion ${text},
    runner_name ${text},
    runner_id BIGINT,
    created_at ${instant},
    started_at ${instant},
    completed_at ${instant},
    observed_at ${instant} NOT NULL,
    path ${text} NOT NULL,
    announced_at ${instant},
    pool ${text},
    learnt_at ${instant} NOT NULL,
    updated_at ${instant} NOT NULL
  )`
  yield* sql`CREATE INDEX workflow_jobs_by_runner ON workflow_jobs (runner_name) WHERE runner_name IS NOT NULL`
  yield* sql`CREATE INDEX workflow_jobs_demand ON workflow_jobs (pool) WHERE status = 'queued'`

  // The jobs that webhooks alone would have lost.
  yield* sql`CREATE INDEX workflow_jobs_unannounced ON workflow_jobs (learnt_at)
    WHERE announced_at IS NULL AND path <> 'webhook' AND pool IS NOT NULL`

  // Workflow runs whose jobs are to be listed, each once, by whoever moves its due time first.
  yield* sql`CREATE TABLE run_checks (
    run_id BIGINT PRIMARY KEY,
    repository ${text} NOT NULL,
    installation_id BIGINT,
    asked_at ${instant} NOT NULL,
    due_at ${instant} NOT NULL,
    attempt INTEGER NOT NULL
  )`
  yield* sql`CREATE INDEX run_checks_due ON run_checks (due_at)`

  // Up to when something has been looked through, by name.
  yield* sql`CREATE TABLE repair_marks (name ${text} PRIMARY KEY, reached_at ${instant} NOT NULL)`

  yield* sql`CREATE TABLE runner_requests (
    id ${text} PRIMARY KEY,
    source ${text} NOT NULL,
    job_id BIGINT,
    job_name ${text},
    workflow_name ${text},
    repository ${text} NOT NULL,
    spec_name ${text},
    pool ${text},
    requested_labels ${text} NOT NULL,
    labels ${text} NOT NULL,
    runner_group ${text},
    runner_name ${text},
    runner_id BIGINT,
    left_runner_name ${text},
    status ${text} NOT NULL,
    stage ${text},
    attempt INTEGER NOT NULL DEFAULT 0,
    deferrals INTEGER NOT NULL DEFAULT 0,
    cleanup_attempt INTEGER NOT NULL DEFAULT 0,
    due_at ${instant},
    cleanup_due_at ${instant},
    outcome ${text},
    last_error_class ${text},
    last_error_code ${text},
    last_error_message ${text},
    last_error_stage ${text},
    failure_stage ${text},
    failure_reason ${text},
    error ${text},
    sandbox_id ${text},
    sandbox_ends_at ${instant},
    sandbox_may_exist INTEGER NOT NULL DEFAULT 0,
    pid INTEGER,
    assigned_job_id BIGINT,
    assigned_job_name ${text},
    trace_context ${text},
    stop_asked_at ${instant},
    stop_asked_by ${text},
    stop_reason ${text},
    facts_version INTEGER NOT NULL DEFAULT 0,
    handled_version INTEGER NOT NULL DEFAULT 0,
    owner ${text},
    fence INTEGER NOT NULL DEFAULT 0,
    turn BIGINT NOT NULL DEFAULT 0,
    queued_at ${instant} NOT NULL,
    retried_at ${instant},
    last_attempt_at ${instant},
    creating_at ${instant},
    running_at ${instant},
    may_listen_at ${instant},
    ready_at ${instant},
    assigned_at ${instant},
    exited_at ${instant},
    stopping_at ${instant},
    completed_at ${instant},
    failed_at ${instant},
    updated_at ${instant} NOT NULL
  )`
  yield* sql`CREATE INDEX runner_requests_by_job ON runner_requests (job_id) WHERE job_id IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_runner ON runner_requests (runner_name) WHERE runner_name IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_newest ON runner_requests (queued_at DESC, id)`
  yield* sql`CREATE INDEX runner_requests_waiting ON runner_requests (spec_name, turn, queued_at, id)
    WHERE status = 'queued' AND due_at IS NULL`
  yield* sql`CREATE INDEX runner_requests_due ON runner_requests (due_at) WHERE status = 'queued' AND due_at IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_turns ON runner_requests (spec_name, repository, turn) WHERE status = 'queued'`
  yield* sql`CREATE INDEX runner_requests_outside ON runner_requests (owner)
    WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed'`
  yield* sql`CREATE INDEX runner_requests_news ON runner_requests (owner)
    WHERE facts_version > handled_version AND status <> 'completed' AND status <> 'failed'`
  yield* sql`CREATE INDEX runner_requests_pool ON runner_requests (pool)
    WHERE pool IS NOT NULL AND status <> 'completed' AND status <> 'failed'`
  yield* sql`CREATE INDEX runner_requests_sandboxes ON runner_requests (spec_name) WHERE sandbox_may_exist = 1`

  // What lists are filtered by and sorted by (RequestSearch.ts names these). Most of it never changes in a request's life.
  // A column stands behind its own lower case, so that the index alone tells how many there are: for PostgreSQL's index-only
  // scans the expression does not stand for the column, and SQLite looks into the row for `IS NOT NULL`.
  yield* sql`CREATE INDEX runner_requests_by_repository ON runner_requests (lower(repository), queued_at DESC, id, repository)`
  yield* sql`CREATE INDEX runner_requests_by_spec ON runner_requests (spec_name, queued_at DESC, id)
    WHERE spec_name IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_workflow ON runner_requests (lower(workflow_name), queued_at DESC, id, workflow_name)
    WHERE workflow_name IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_job_name ON runner_requests (lower(job_name), queued_at DESC, id, job_name)
    WHERE job_name IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_failure ON runner_requests (failure_reason, queued_at DESC, id)
    WHERE failure_reason IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_status ON runner_requests (status, queued_at DESC, id)`
  yield* sql`CREATE INDEX runner_requests_uncompleted ON runner_requests (queued_at DESC, id) WHERE status <> 'completed'`
  yield* sql`CREATE INDEX runner_requests_changed ON runner_requests (updated_at DESC, id)`
  yield* sql`CREATE INDEX runner_requests_finished ON runner_requests (coalesce(completed_at, failed_at) DESC, id)
    WHERE coalesce(completed_at, failed_at) IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_runner_prefix ON runner_requests (lower(runner_name), runner_name, id)
    WHERE runner_name IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_by_sandbox ON runner_requests (lower(sandbox_id), sandbox_id, id)
    WHERE sandbox_id IS NOT NULL`

  // How long jobs waited and ran (JobTimeStore.ts reads nothing else).
  yield* sql`CREATE INDEX runner_requests_taken ON runner_requests (assigned_at DESC, queued_at, retried_at)
    WHERE assigned_at IS NOT NULL`
  yield* sql`CREATE INDEX runner_requests_run ON runner_requests (stopping_at DESC, assigned_at)
    WHERE assigned_at IS NOT NULL AND stopping_at IS NOT NULL`

  // How far each spec's turns have come (Turns.ts).
  yield* sql`CREATE TABLE spec_turns (spec_name ${text} PRIMARY KEY, turn BIGINT NOT NULL, served BIGINT NOT NULL)`

  // Specs whose newest sandboxes died before they took a job (SpecHealthRows.ts).
  yield* sql`CREATE TABLE spec_deaths (
    spec_name ${text} PRIMARY KEY,
    deaths INTEGER NOT NULL,
    died_at ${instant} NOT NULL,
    code ${text} NOT NULL,
    message ${text} NOT NULL
  )`

  // What the newest runner of each spec said of its version, and the releases of actions/runner.
  yield* sql`CREATE TABLE runner_versions (
    spec_name ${text} PRIMARY KEY,
    version ${text} NOT NULL,
    seen_at ${instant} NOT NULL
  )`
  yield* sql`CREATE TABLE runner_releases (version ${text} PRIMARY KEY, published_at ${instant} NOT NULL)`

  // One row per counted account at GitHub, one for creates at E2B: what they told us to wait for, and our pace.
  yield* sql`CREATE TABLE provider_limits (
    scope ${text} PRIMARY KEY,
    open_at ${instant},
    claims_open_at ${instant},
    code ${text},
    message ${text},
    refused_at ${instant},
    refusals INTEGER NOT NULL DEFAULT 0,
    ceiling INTEGER,
    probe_at ${instant},
    bucket DOUBLE PRECISION
  )`
  // What was spent in the last minute, and when.
  yield* sql`CREATE TABLE provider_points (
    scope ${text} NOT NULL,
    spent_at ${instant} NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (scope, spent_at)
  )`

  yield* sql`CREATE TABLE request_events (
    id ${identity},
    request_id ${text} NOT NULL,
    at ${instant} NOT NULL,
    code ${text} NOT NULL,
    message ${text} NOT NULL,
    stage ${text}
  )`
  yield* sql`CREATE INDEX request_events_by_request ON request_events (request_id, id)`

  yield* sql`CREATE TABLE request_logs (
    id ${identity},
    request_id ${text} NOT NULL,
    at ${instant} NOT NULL,
    stream ${text} NOT NULL,
    text ${text} NOT NULL
  )`
  yield* sql`CREATE INDEX request_logs_by_request ON request_logs (request_id, stream, id)`

  yield* sql`CREATE TABLE audit_events (
    id ${identity},
    at ${instant} NOT NULL,
    actor ${text} NOT NULL,
    action ${text} NOT NULL,
    resource_type ${text} NOT NULL,
    resource_id ${text} NOT NULL,
    before ${text},
    after ${text}
  )`
  yield* sql`CREATE INDEX audit_events_by_resource ON audit_events (resource_type, resource_id, id)`

  yield* sql`CREATE TABLE webhook_deliveries (
    id ${identity},
    guid ${text},
    path ${text} NOT NULL,
    event ${text} NOT NULL,
    action ${text},
    repository ${text},
    installation_id BIGINT,
    job_id BIGINT,
    outcome ${text} NOT NULL,
    received_at ${instant} NOT NULL,
    times_received INTEGER NOT NULL,
    body ${text}
  )`
  yield* sql`CREATE UNIQUE INDEX webhook_deliveries_by_guid ON webhook_deliveries (guid)`
  yield* sql`CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (received_at)`
  yield* sql`CREATE INDEX webhook_deliveries_bodies ON webhook_deliveries (received_at) WHERE body IS NOT NULL`
})
