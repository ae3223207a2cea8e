// REST routes of workflow runs and jobs.
//
// Answers for: reading jobs, runs and logs, cancelling a run, running again. Gotcha: the log is a redirect to a place that asks for no
// token, as at GitHub, and exists only once the job is over.
import { createHmac, timingSafeEqual } from "node:crypto"
import type { Job } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { notFound } from "../machine/Refused.ts"
import { jobPayload } from "../payloads/JobPayload.ts"
import { runPayload } from "../payloads/RunPayload.ts"
import type { Authentication } from "./Authentication.ts"
import { paged } from "./Paging.ts"
import type { Answer, Call, Route } from "./Route.ts"
import { numberParam } from "./Route.ts"

export const jobRoutes = (machine: GitHubMachine, auth: Authentication): ReadonlyArray<Route> => {
  const { serverUrl, runs } = machine
  const logKey = machine.ids.secret(32)
  const logSignature = (jobId: number) => createHmac("sha256", logKey).update(String(jobId)).digest("hex")
  const read = { permission: ["actions", "read"] as const }
  const repo = "/repos/{owner}/{repo}/actions"

  const runOf = (call: Call) => runs.findRun(auth.repository(call), numberParam(call, "run_id"))
  const jobOf = (call: Call) => runs.findJob(auth.repository(call), numberParam(call, "job_id"))

  const again = (...[run, which]: Parameters<typeof runs.rerun>): Answer => {
    runs.rerun(run, which)
    return { status: 201, body: {} }
  }

  const jobsOf = (call: Call, jobs: ReadonlyArray<Job>): Answer => {
    // A job that needs another does not exist for GitHub until that one is over.
    const page = paged(
      call,
      serverUrl,
      jobs.filter((job) => job.status !== "blocked")
    )
    const body = { total_count: page.totalCount, jobs: page.items.map((job) => jobPayload(serverUrl, job)) }
    return { status: 200, body, headers: page.headers }
  }

  return [
    {
      method: "GET",
      path: `${repo}/jobs/{job_id}`,
      operation: "actions/get-job-for-workflow-run",
      ...read,
      handle: (call) => ({ status: 200, body: jobPayload(serverUrl, jobOf(call)) })
    },
    {
      method: "GET",
      path: `${repo}/jobs/{job_id}/logs`,
      operation: "actions/download-job-logs-for-workflow-run",
      ...read,
      handle: (call) => {
        const job = jobOf(call)
        if (job.status !== "completed") throw notFound()
        return { status: 302, headers: { Location: `${serverUrl}/_logs/${job.id}/${logSignature(job.id)}` } }
      }
    },
    {
      method: "GET",
      path: "/_logs/{job_id}/{signature}",
      operation: "logs",
      internal: "service",
      handle: (call) => {
        const job = runs.jobs.get(numberParam(call, "job_id"))
        const given = Buffer.from(call.params["signature"] ?? "")
        const wanted = Buffer.from(job === undefined ? "" : logSignature(job.id))
        if (job === undefined || given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw notFound()
        return { status: 200, body: job.log }
      }
    },
    {
      method: "GET",
      path: `${repo}/runs`,
      operation: "actions/list-workflow-runs-for-repo",
      ...read,
      handle: (call) => {
        const all = runs.list(auth.repository(call), call.query.get("status") ?? undefined)
        const page = paged(call, serverUrl, call.query.has("status") ? all.slice(0, 1000) : all)
        const items = page.items.map((run) => runPayload(serverUrl, run))
        return { status: 200, body: { total_count: page.totalCount, workflow_runs: items }, headers: page.headers }
      }
    },
    {
      method: "GET",
      path: `${repo}/runs/{run_id}`,
      operation: "actions/get-workflow-run",
      ...read,
      handle: (call) => ({ status: 200, body: runPayload(serverUrl, runOf(call)) })
    },
    {
      method: "GET",
      path: `${repo}/runs/{run_id}/jobs`,
      operation: "actions/list-jobs-for-workflow-run",
      ...read,
      handle: (call) => {
        const run = runOf(call)
        const all = call.query.get("filter") === "all"
        return jobsOf(call, all ? [...run.jobs, ...run.earlier.toReversed().flat()] : run.jobs)
      }
    },
    {
      method: "GET",
      path: `${repo}/runs/{run_id}/attempts/{attempt}/jobs`,
      operation: "actions/list-jobs-for-workflow-run-attempt",
      ...read,
      handle: (call) => {
        const run = runs.attempt(runOf(call), numberParam(call, "attempt"))
        if (run === undefined) throw notFound()
        return jobsOf(call, run.jobs)
      }
    },
    {
      method: "GET",
      path: `${repo}/runs/{run_id}/attempts/{attempt}`,
      operation: "actions/get-workflow-run-attempt",
      ...read,
      handle: (call) => {
        const run = runs.attempt(runOf(call), numberParam(call, "attempt"))
        if (run === undefined) throw notFound()
        return { status: 200, body: runPayload(serverUrl, run) }
      }
    },
    {
      method: "POST",
      path: `${repo}/runs/{run_id}/force-cancel`,
      operation: "actions/force-cancel-workflow-run",
      permission: ["actions", "write"],
      handle: (call) => {
        runs.forceCancelRun(runOf(call))
        return { status: 202, body: {} }
      }
    },
    {
      method: "POST",
      path: `${repo}/runs/{run_id}/cancel`,
      operation: "actions/cancel-workflow-run",
      permission: ["actions", "write"],
      handle: (call) => {
        runs.cancelRun(runOf(call))
        return { status: 202, body: {} }
      }
    },
    {
      method: "POST",
      path: `${repo}/runs/{run_id}/rerun`,
      operation: "actions/re-run-workflow",
      permission: ["actions", "write"],
      handle: (call) => again(runOf(call), "all")
    },
    {
      method: "POST",
      path: `${repo}/runs/{run_id}/rerun-failed-jobs`,
      operation: "actions/re-run-workflow-failed-jobs",
      permission: ["actions", "write"],
      handle: (call) => again(runOf(call), "failed")
    },
    {
      method: "POST",
      path: `${repo}/jobs/{job_id}/rerun`,
      operation: "actions/re-run-job-for-workflow-run",
      permission: ["actions", "write"],
      handle: (call) => {
        const job = jobOf(call)
        return again(job.run, job)
      }
    }
  ]
}
