// What has been broken in the simulated GitHub: jobs and runs, limits, and misbehaviour on command.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const jobPayload = mutationsOf("src/simulator/github/payloads/JobPayload.ts")
const workflowRuns = mutationsOf("src/simulator/github/machine/WorkflowRuns.ts")
const jobRoutes = mutationsOf("src/simulator/github/rest/JobRoutes.ts")
const restServer = mutationsOf("src/simulator/github/rest/RestServer.ts")
const controlState = mutationsOf("src/simulator/github/rest/ControlState.ts")
const controlRoutes = mutationsOf("src/simulator/github/rest/ControlRoutes.ts")
const misbehave = mutationsOf("src/simulator/misbehaviour/Misbehave.ts")
const rateLimits = mutationsOf("src/simulator/github/rest/RateLimits.ts")
const namedFailures = mutationsOf("src/simulator/github/rest/NamedFailures.ts")
const jobs = mutationsOf("src/services/github/Jobs.ts")

export const runs: ReadonlyArray<Mutation> = [
  jobPayload(
    "a queued job has a runner's id",
    "runner_id: job.runner?.id ?? null",
    "runner_id: job.runner?.id ?? 0",
    "Jobs › jobs › are read one by one",
    "WebhookShapes › workflow_job › queued for a self-hosted runner"
  ),
  workflowRuns(
    "a job is found in any repository",
    "job === undefined || job.run.repository.id !== repository.id ||",
    "job === undefined ||",
    "Jobs › jobs › are 404 elsewhere"
  ),
  jobRoutes(
    "jobs that need others are shown at once",
    'jobs.filter((job) => job.status !== "blocked")',
    "jobs",
    "Jobs › jobs › of a run come in pages"
  ),
  jobRoutes(
    "a log is there before the job is over",
    '        if (job.status !== "completed") throw notFound()\n',
    "",
    "Jobs › jobs › have a log"
  ),
  workflowRuns(
    "runs come oldest first",
    "?? []).toReversed()",
    "?? []).slice()",
    "Jobs › runs › are listed newest first"
  ),
  workflowRuns(
    "waiting runs are not found",
    'status === "waiting" && run.jobs',
    'status === "held" && run.jobs',
    "Jobs › runs › that wait for an approval"
  ),
  jobRoutes("a filtered list has no end", "all.slice(0, 1000)", "all", "Jobs › runs › are 1,000 at most"),
  workflowRuns(
    "a run that is over is not refused as such",
    'new Refused(409, "Cannot cancel',
    'new Refused(422, "Cannot cancel',
    "Jobs › runs › are read and cancelled",
    "Jobs › attempts › end by force"
  ),
  jobRoutes(
    "earlier attempts' jobs are never shown",
    'call.query.get("filter") === "all"',
    'call.query.get("filter") === "every"',
    "Jobs › attempts › of a run are read"
  ),
  workflowRuns(
    "running again while it runs is 409",
    'new Refused(403, "This workflow is already running")',
    'new Refused(409, "This workflow is already running")',
    "Jobs › attempts › begin by running"
  ),
  restServer(
    "a 304 costs a call",
    "    Object.assign(extra, rateLimits.refund(principal))\n",
    "",
    "Jobs › conditional requests"
  ),
  restServer(
    "what did not change is answered whole",
    "each.trim() === etag",
    'each === ""',
    "Jobs › conditional requests",
    "Repository › a repository › is answered with 304"
  ),
  controlState(
    "the state forgets what a job was meant to end as",
    "job.definition.expectedConclusion ?? null",
    "null",
    "Jobs › the control interface › starts runs"
  ),
  controlRoutes(
    "a run without a repository is refused in other words",
    '"repository: expected owner/name"',
    '"repository"',
    "Jobs › the control interface › says what is wrong"
  ),
  restServer(
    "calls are counted by operation",
    "count(this.#parts.restCalls, key)",
    "count(this.#parts.restCalls, matched.route.operation)",
    "Jobs › the control interface › counts REST calls"
  ),
  misbehave(
    "a spoilt call takes effect all the same",
    "spoiling === undefined || takesEffect(spoiling) ? await effect() : undefined",
    "await effect()",
    "Jobs › faults › answer the next calls",
    "Jobs › faults › reset the connection",
    "Misbehaviour › every call › actions/generate-runner-jitconfig-for-repo can be refused"
  ),
  misbehave(
    "a broken answer is whole",
    "text.slice(0, Math.ceil(text.length / 2))",
    "text",
    "Jobs › faults › break an answer off",
    "Misbehaviour › every call › apps/get-authenticated can be refused"
  ),
  restServer(
    "every answer is refused as something else",
    'return { status, headers, body: "body" in answer',
    'return { status: 598, headers, body: "body" in answer',
    "can be refused, reset or answered in broken JSON"
  ),
  misbehave(
    "no call is late",
    "  if (delayMs > 0) await wait(delayMs)\n",
    "",
    "Jobs › faults › make calls late",
    "can be late, and take effect"
  ),
  rateLimits("a write costs one point", 'method === "GET" ? 1 : 5', "1", "Jobs › limits › refuse with 403"),
  rateLimits(
    "an installation's limit grows later",
    "repositories.size - 20",
    "repositories.size - 24",
    "Jobs › limits › grow with"
  ),
  rateLimits(
    "one call more at the same time",
    "?? 0) > concurrentRequests",
    "?? 0) > concurrentRequests + 1",
    "Jobs › limits › refuse the call that is one too many"
  ),
  namedFailures(
    "a used-up hour has no end",
    'if (name !== "primary_rate_limit") return answer',
    "if (now > 0) return answer",
    "Jobs › limits › of the hour, met by name"
  ),
  jobRoutes(
    "an operation has another name",
    '"actions/force-cancel-workflow-run"',
    '"actions/force-cancel"',
    "Misbehaviour › every call › is served, and no other"
  ),
  jobs(
    "runnerd calls what GitHub does not describe",
    '/actions/runs/{run_id}/jobs"',
    '/actions/runs/{run_id}/job-list"',
    "Misbehaviour › every call › that runnerd makes"
  )
]
