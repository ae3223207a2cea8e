// What runners and the simulator say to each other, under /_runner.
//
// Answers for: registration with a token, sessions, the long poll for messages, taking a job, progress, result.
// Gotcha: GitHub's own protocol is not public; this one is ours and only our runner's stand-in speaks it. What can be seen
// from outside (states, times, who gets which job) is GitHub's.
import type { Conclusion, RunnerMessage, Runner, StepProgress } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { notFound } from "../machine/Refused.ts"
import { placeOf } from "../machine/RunnerRegistry.ts"
import { registrationGone } from "../machine/RunnerSessions.ts"
import { allowRegistration } from "../machine/TokenRegistration.ts"
import { runnerFiles } from "../payloads/RunnerPayload.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Answer, Call, Route } from "./Route.ts"
import { numberParam, objectBody, param } from "./Route.ts"

const conclusions = new Set<unknown>(["success", "failure", "cancelled", "skipped", "timed_out"])

const text = (value: unknown): string => (typeof value === "string" ? value : "")

const credential = (call: Call, scheme: string): string => {
  const [given = "", value = ""] = (call.headers["authorization"] ?? "").split(" ")
  return given.toLowerCase() === scheme ? value : ""
}

const stepsOf = (value: unknown): ReadonlyArray<StepProgress> => {
  if (!Array.isArray(value)) return []
  return value as ReadonlyArray<StepProgress>
}

export const runnerProtocolRoutes = (machine: GitHubMachine, rateLimits: RateLimits): ReadonlyArray<Route> => {
  const { registry, sessions, topology, serverUrl, limits, clock } = machine

  /** 401 when the registration was deleted, or never was. */
  const runnerOf = (call: Call): Runner => {
    const runner = registry.byCredential(credential(call, "bearer"))
    if (runner === null) throw registrationGone()
    return runner
  }

  const configure = (call: Call): Answer => {
    const body = objectBody(call)
    const { scope, register } = allowRegistration(machine, {
      token: credential(call, "remoteauth"),
      url: text(body["url"]),
      version: text(body["version"]),
      name: text(body["name"]),
      labels: Array.isArray(body["labels"]) ? body["labels"].map(text).filter((label) => label !== "") : [],
      group: text(body["group"]),
      ephemeral: body["ephemeral"] === true,
      replace: body["replace"] === true,
      workFolder: text(body["work"]) || "_work"
    })
    rateLimits.spendRegistration(placeOf(scope))
    const runner = register()
    return { status: 201, body: { id: runner.id, files: runnerFiles(serverUrl, runner) } }
  }

  const unregister = (call: Call): Answer => {
    const body = objectBody(call)
    const scope = topology.scopeOfUrl(text(body["url"]))
    // Whether GitHub lets a registration token remove a runner is unverified: here it needs a remove token.
    registry.checkToken(credential(call, "remoteauth"), scope, "remove")
    const runner = registry.byId.get(Number(body["id"]))
    if (runner === undefined) throw notFound()
    machine.deleteRunner(runner)
    return { status: 204 }
  }

  const poll = (call: Call): Promise<Answer> => {
    const runner = runnerOf(call)
    const session = sessions.session(runner, param(call, "session_id"))
    return new Promise((resolve) => {
      const waiter = (message: RunnerMessage) => {
        stopTimer()
        resolve(message.type === "closed" ? { status: 202, body: {} } : { status: 200, body: message })
      }
      const stopTimer = clock.schedule(limits.pollMillis, () => {
        sessions.pollEnded(runner, session, waiter)
        resolve({ status: 202, body: {} })
      })
      call.onClose(() => {
        stopTimer()
        sessions.pollEnded(runner, session, waiter)
      })
      sessions.poll(runner, session, waiter)
    })
  }

  const report = (call: Call): Answer => {
    const runner = runnerOf(call)
    const job = sessions.running(runner, numberParam(call, "job_id"))
    const body = objectBody(call)
    sessions.report(job, stepsOf(body["steps"]), text(body["log"]))
    const conclusion = body["conclusion"]
    if (conclusions.has(conclusion)) machine.runs.complete(job, conclusion as Conclusion)
    return { status: 200, body: {} }
  }

  const routes: ReadonlyArray<Pick<Route, "method" | "path" | "handle">> = [
    { method: "POST", path: "/_runner/registration", handle: configure },
    { method: "DELETE", path: "/_runner/registration", handle: unregister },
    {
      method: "POST",
      path: "/_runner/sessions",
      handle: (call) => {
        const runner = runnerOf(call)
        const { version, now } = objectBody(call)
        const session = sessions.open(runner, text(version), typeof now === "number" ? now : undefined)
        return { status: 201, body: { id: session.id, misbehaviour: [...runner.misbehaviour] } }
      }
    },
    { method: "GET", path: "/_runner/sessions/{session_id}/messages", handle: poll },
    {
      method: "DELETE",
      path: "/_runner/sessions/{session_id}",
      handle: (call) => {
        const runner = registry.byCredential(credential(call, "bearer"))
        // The session of an ephemeral runner ended with its registration.
        if (runner?.session?.id === param(call, "session_id")) sessions.close(runner)
        return { status: 204 }
      }
    },
    {
      method: "POST",
      path: "/_runner/jobs/{job_id}/accept",
      handle: (call) => {
        sessions.accept(runnerOf(call), numberParam(call, "job_id"))
        return { status: 200, body: {} }
      }
    },
    { method: "POST", path: "/_runner/jobs/{job_id}/report", handle: report }
  ]
  return routes.map((route) => ({ ...route, operation: `runner:${route.path}`, internal: "service" }))
}
