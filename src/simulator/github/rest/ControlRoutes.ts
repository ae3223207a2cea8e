// The simulator's control interface, under /_control: what a test or a demo does to GitHub.
//
// Answers for: starting, cancelling and re-running runs, approving jobs, what owners do (installations, repositories), the
// webhook's target, redelivery, hand-made webhooks, faults of all kinds, limits, the clock, the state, and starting anew. Asks for no credentials: the server listens on loopback only.
import { parseWebhookFault } from "../hooks/WebhookFaults.ts"
import { parseRunnerFault } from "../machine/RunnerFaults.ts"
import type { Job, RunDefinition } from "../machine/Entities.ts"
import { notFound, Refused } from "../machine/Refused.ts"
import type { Faults } from "../../misbehaviour/Faults.ts"
import type { InstallationOptions, RateLimitOptions } from "../Options.ts"
import { defaultRateLimits } from "../Options.ts"
import type { ControlParts } from "./ControlState.ts"
import { controlState, jobState, runState } from "./ControlState.ts"
import { deliverySummary } from "./HookRoutes.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Call, Route } from "./Route.ts"
import { numberParam, objectBody, param } from "./Route.ts"

const runDefinition = (body: Readonly<Record<string, unknown>>): RunDefinition => {
  const { repository, workflow, jobs } = body
  if (typeof repository !== "string") throw new Refused(422, "repository: expected owner/name")
  if (typeof workflow !== "string") throw new Refused(422, "workflow: expected a name")
  if (!Array.isArray(jobs)) throw new Refused(422, "jobs: expected a list")
  for (const [index, job] of jobs.entries()) {
    const { name, labels } = (job ?? {}) as { readonly name?: unknown; readonly labels?: unknown }
    if (typeof name !== "string") throw new Refused(422, `jobs[${index}].name: expected a name`)
    if (!Array.isArray(labels)) throw new Refused(422, `jobs[${index}].labels: expected a list`)
  }
  return body as unknown as RunDefinition
}

export interface ControlActions extends ControlParts {
  readonly faults: Faults
  readonly rateLimits: RateLimits
  readonly setClockSkew: (skewMs: number) => void
  readonly reset: () => void
}

const textOf = (body: Readonly<Record<string, unknown>>, key: string): string => {
  const value = body[key]
  if (typeof value !== "string" || value === "") throw new Refused(422, `${key}: expected a text`)
  return value
}

const numberOf = (body: Readonly<Record<string, unknown>>, key: string): number => {
  const value = body[key]
  if (!Number.isSafeInteger(value)) throw new Refused(422, `${key}: expected a whole number`)
  return value as number
}

const installationOptions = (body: Readonly<Record<string, unknown>>): InstallationOptions => {
  const { ownerType, repositories } = body
  if (ownerType !== "Organization" && ownerType !== "User") {
    throw new Refused(422, "ownerType: expected Organization or User")
  }
  if (!Array.isArray(repositories) || !repositories.every((name) => typeof name === "string")) {
    throw new Refused(422, "repositories: expected a list of names")
  }
  if (body["foreign"] !== undefined && typeof body["foreign"] !== "boolean") {
    throw new Refused(422, "foreign: expected true or false")
  }
  return { ...body, ownerType, repositories, id: numberOf(body, "id"), owner: textOf(body, "owner") }
}

const rateLimitOptions = (body: Readonly<Record<string, unknown>>): Partial<RateLimitOptions> => {
  for (const [key, value] of Object.entries(body)) {
    if (!(key in defaultRateLimits)) {
      throw new Refused(422, `${key}: expected some of ${Object.keys(defaultRateLimits).join(", ")}`)
    }
    const fits = key === "enforced" ? typeof value === "boolean" : Number.isSafeInteger(value) && Number(value) >= 0
    if (!fits) throw new Refused(422, `${key}: expected ${key === "enforced" ? "true or false" : "a number"}`)
  }
  return body
}

export const controlRoutes = (actions: ControlActions): ReadonlyArray<Route> => {
  const { machine, log, sender, faults, webhookFaults, rateLimits } = actions
  const { accounts, runnerFaults } = machine

  const jobOf = (call: Call): Job => {
    const job = machine.runs.jobs.get(numberParam(call, "id"))
    if (job === undefined) throw notFound()
    return job
  }
  const runOf = (call: Call) => {
    const run = machine.runs.runs.get(numberParam(call, "id"))
    if (run === undefined) throw notFound()
    return run
  }

  const routes: ReadonlyArray<Pick<Route, "method" | "path" | "handle">> = [
    {
      method: "POST",
      path: "/_control/runs",
      handle: (call) => {
        const run = machine.createRun(runDefinition(objectBody(call)))
        return { status: 201, body: { ...runState(run), jobs: run.jobs.map(jobState) } }
      }
    },
    {
      method: "POST",
      path: "/_control/runs/{id}/cancel",
      handle: (call) => {
        machine.runs.cancelRun(runOf(call))
        return { status: 202, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/runs/{id}/rerun",
      handle: (call) => {
        const which = objectBody(call)["which"] ?? "all"
        if (which !== "all" && which !== "failed") throw new Refused(422, "which: expected all or failed")
        machine.runs.rerun(runOf(call), which)
        return { status: 201, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/jobs/{id}/rerun",
      handle: (call) => {
        const job = jobOf(call)
        machine.runs.rerun(job.run, job)
        return { status: 201, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/jobs/{id}/cancel",
      handle: (call) => {
        machine.runs.cancel(jobOf(call))
        return { status: 202, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/jobs/{id}/{verdict}",
      handle: (call) => {
        const verdict = param(call, "verdict")
        if (verdict !== "approve" && verdict !== "reject") throw notFound()
        machine.runs.review(jobOf(call), verdict === "approve" ? "approved" : "rejected")
        return { status: 200, body: {} }
      }
    },
    { method: "GET", path: "/_control/state", handle: () => ({ status: 200, body: controlState(actions) }) },
    {
      method: "PUT",
      path: "/_control/webhook",
      handle: (call) => {
        const { url, secret } = objectBody(call)
        if (url === null) {
          sender.target = null
          return { status: 200, body: {} }
        }
        if (typeof url !== "string" || !URL.canParse(url))
          throw new Refused(422, "url: expected an absolute URL or null")
        sender.target = { url, secret: typeof secret === "string" ? secret : (sender.target?.secret ?? "") }
        return { status: 200, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/webhooks",
      handle: (call) => {
        const { event, payload } = objectBody(call)
        if (typeof event !== "string") throw new Refused(422, "event: expected a name")
        const action = (payload as { readonly action?: unknown } | null)?.action
        const body = typeof payload === "string" ? payload : JSON.stringify(payload)
        const known = typeof action === "string" ? action : null
        sender.send({ event, action: known, installationId: null, repositoryId: null, body })
        return { status: 202, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/deliveries/{id}/redeliver",
      handle: (call) => {
        const delivery = log.find(numberParam(call, "id"))
        if (delivery === null) throw notFound()
        return { status: 202, body: deliverySummary(sender.redeliver(delivery)) }
      }
    },
    {
      method: "POST",
      path: "/_control/faults",
      handle: (call) => {
        faults.addUnknown(call.body)
        return { status: 201, body: {} }
      }
    },
    { method: "GET", path: "/_control/operations", handle: () => ({ status: 200, body: faults.operations() }) },
    {
      method: "PUT",
      path: "/_control/seed",
      handle: (call) => {
        const { seed } = objectBody(call)
        if (!Number.isSafeInteger(seed)) throw new Refused(422, "seed: expected a whole number")
        for (const part of [faults, webhookFaults, runnerFaults]) part.seed = seed as number
        return { status: 200, body: {} }
      }
    },
    {
      method: "PUT",
      path: "/_control/storm",
      handle: (call) => {
        faults.stormUnknown(call.body ?? null)
        return { status: 200, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/webhook-faults",
      handle: (call) => {
        webhookFaults.add(parseWebhookFault(call.body))
        return { status: 201, body: {} }
      }
    },
    {
      method: "POST",
      path: "/_control/runner-faults",
      handle: (call) => {
        runnerFaults.add(parseRunnerFault(call.body))
        return { status: 201, body: {} }
      }
    },
    {
      method: "PUT",
      path: "/_control/clock",
      handle: (call) => {
        actions.setClockSkew(numberOf(objectBody(call), "skewMs"))
        return { status: 200, body: {} }
      }
    },
    {
      method: "PUT",
      path: "/_control/limits",
      handle: (call) => {
        rateLimits.options = { ...rateLimits.options, ...rateLimitOptions(objectBody(call)) }
        return { status: 200, body: rateLimits.options }
      }
    },
    {
      method: "POST",
      path: "/_control/installations",
      handle: (call) => {
        const { id } = accounts.install(installationOptions(objectBody(call)))
        return { status: 201, body: { id } }
      }
    },
    {
      method: "POST",
      path: "/_control/installations/{owner}/{action}",
      handle: (call) => {
        const owner = param(call, "owner")
        const action = param(call, "action")
        if (action === "uninstall") accounts.uninstall(owner)
        else if (action === "reinstall") accounts.reinstall(owner, numberOf(objectBody(call), "id"))
        else if (action === "suspend" || action === "unsuspend") accounts.suspend(owner, action === "suspend")
        else if (action === "repositories") accounts.addRepository(owner, textOf(objectBody(call), "name"))
        else throw notFound()
        return { status: 200, body: {} }
      }
    },
    {
      method: "DELETE",
      path: "/_control/repositories/{owner}/{name}",
      handle: (call) => {
        accounts.removeRepository(`${param(call, "owner")}/${param(call, "name")}`)
        return { status: 204 }
      }
    },
    {
      method: "PUT",
      path: "/_control/repositories/{owner}/{name}",
      handle: (call) => {
        accounts.rename(`${param(call, "owner")}/${param(call, "name")}`, textOf(objectBody(call), "name"))
        return { status: 200, body: {} }
      }
    },
    {
      method: "DELETE",
      path: "/_control/faults",
      handle: () => {
        for (const part of [faults, webhookFaults, runnerFaults]) part.clear()
        return { status: 204 }
      }
    },
    {
      method: "POST",
      path: "/_control/reset",
      handle: () => {
        actions.reset()
        return { status: 204 }
      }
    }
  ]
  return routes.map((route) => ({ ...route, operation: `control:${route.path}`, internal: "control" }))
}
