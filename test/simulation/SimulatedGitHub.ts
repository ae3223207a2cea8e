// GitHub as runnerd's service sees it, straight on the simulator's state machine.
//
// Answers for: each method's effect on the machine, what the log of deliveries shows of webhooks, and refusals in the service's own
// words (by the service's own rules: GitHubFailure.ts). Not for credentials nor for HTTP: the conformance suite drives those.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Reason from "../../src/domain/GitHubError.ts"
import type { RunnerTarget } from "../../src/domain/RunnerTarget.ts"
import type { GitHub } from "../../src/services/github/GitHub.ts"
import { reasonOf } from "../../src/services/github/GitHubFailure.ts"
import type { GitHubJob, GitHubRunner, HookDelivery } from "../../src/services/github/GitHubTypes.ts"
import type { Delivery, DeliveryLog } from "../../src/simulator/github/hooks/DeliveryLog.ts"
import type { Job, Runner, RunnerScope } from "../../src/simulator/github/machine/Entities.ts"
import type { GitHubMachine } from "../../src/simulator/github/machine/GitHubMachine.ts"
import { notFound, Refused } from "../../src/simulator/github/machine/Refused.ts"
import { encodedJitConfig } from "../../src/simulator/github/payloads/RunnerPayload.ts"
import { namedFailures } from "../../src/simulator/github/rest/NamedFailures.ts"
import type { Ending, OutsideCalls } from "./OutsideCalls.ts"

/** What faults may be about: the service's methods. */
export const operations = [
  "createJitConfig",
  "registrationToken",
  "getJob",
  "listRunJobs",
  "listRuns",
  "installedRepositories",
  "hookDeliveries",
  "hookDeliveryBody",
  "findRunner",
  "listRunners",
  "deleteRunner"
] as const
type Operation = (typeof operations)[number]

const refused = (status: number, message: string, headers: Readonly<Record<string, string>> = {}) =>
  reasonOf({ status, url: "", message, headers, origin: undefined }, [])

const lowerCased = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const reasonOfEnding = (ending: Exclude<Ending<unknown>, { _tag: "Done" }>): Reason.GitHubErrorReason => {
  switch (ending._tag) {
    case "TimedOut":
      return new Reason.TimedOut({ detail: "no answer in time" })
    case "Reset":
      return new Reason.ConnectionFailed({ detail: "reset" })
    case "Refused":
      if (!(ending.error instanceof Refused)) throw ending.error
      return refused(ending.error.status, ending.error.message, lowerCased(ending.error.headers))
    case "Spoilt": {
      const { answer } = ending
      if (answer === "malformed" || "stream" in answer) return new Reason.MalformedAnswer({ detail: "broken off" })
      const { headers, status } = "failure" in answer ? namedFailures[answer.failure]! : answer
      return refused(status, "spoilt", lowerCased(headers))
    }
  }
}

const instant = (millis: number | null) => (millis === null ? null : DateTime.makeUnsafe(millis))

const jobOf = (job: Job): GitHubJob => ({
  id: job.id,
  runId: job.run.id,
  runAttempt: job.attempt,
  name: job.definition.name,
  workflowName: job.run.workflow.name,
  headBranch: job.run.headBranch,
  headSha: job.run.headSha,
  htmlUrl: null,
  status: job.status,
  conclusion: job.conclusion,
  labels: job.definition.labels,
  runnerId: job.runner?.id ?? null,
  runnerName: job.runner?.name ?? null,
  runnerGroupName: job.runner?.groupName ?? null,
  createdAt: instant(job.createdAt),
  startedAt: instant(job.startedAt ?? job.createdAt),
  completedAt: instant(job.completedAt)
})

const runnerOf = (runner: Runner): GitHubRunner => ({
  id: runner.id,
  name: runner.name,
  status: runner.session === null ? "offline" : "online",
  busy: runner.job !== null
})

/** Fewer than GitHub's, so that a short life has several pages. */
const deliveriesOnPage = 20

const deliveryOf = ({ deliveredAt, guid, id, statusCode, webhook }: Delivery): HookDelivery => ({
  id,
  guid,
  deliveredAt: DateTime.makeUnsafe(deliveredAt),
  succeeded: statusCode >= 200 && statusCode < 300,
  statusCode,
  event: webhook.event,
  action: webhook.action,
  installationId: webhook.installationId
})

export const makeSimulatedGitHub = (
  machine: GitHubMachine,
  log: DeliveryLog,
  calls: OutsideCalls,
  callTimeout: Duration.Duration
): GitHub["Service"] => {
  const { registry, runs, topology } = machine
  const timeout = Duration.toMillis(callTimeout)

  const scopeOf = (target: RunnerTarget): RunnerScope => {
    if (target._tag === "Organization") return { installation: topology.organization(target.owner), repository: null }
    const repository = topology.repository(target.owner, target.repository)
    return { installation: repository.installation, repository }
  }

  const call = <A>(
    operation: Operation,
    effect: () => A,
    special: (status: number, reason: Reason.GitHubErrorReason) => Reason.GitHubErrorReason = (_status, reason) =>
      reason
  ): Effect.Effect<A, Reason.GitHubError> =>
    Effect.flatMap(calls.call(operation, timeout, effect), (ending) => {
      if (ending._tag === "Done") return Effect.succeed(ending.value)
      const plain = reasonOfEnding(ending)
      const status = ending._tag === "Refused" && ending.error instanceof Refused ? ending.error.status : 0
      return Effect.fail(new Reason.GitHubError({ operation, reason: special(status, plain) }))
    })

  const visibleJob = (jobId: number): Job => {
    const job = machine.runs.jobs.get(jobId)
    if (job === undefined || job.status === "blocked") throw notFound()
    return job
  }

  const groupOf = (scope: RunnerScope, name: string | null) => {
    const group = name === null ? topology.groupById(scope, 1) : topology.groupByName(scope, name)
    if (group === null) throw notFound()
    return group
  }

  return {
    createJitConfig: (target, { labels, runnerGroup, runnerName }) =>
      call(
        "createJitConfig",
        () => {
          const scope = scopeOf(target)
          const group = groupOf(scope, target._tag === "Organization" ? runnerGroup : null)
          const registration = { name: runnerName, labels, group, ephemeral: true, jit: true, workFolder: "_work" }
          const runner = machine.register(scope, registration, false)
          return { runnerId: runner.id, encodedJitConfig: Redacted.make(encodedJitConfig(machine.serverUrl, runner)) }
        },
        (status, reason) => (status === 409 ? new Reason.RunnerNameTaken({ runnerName }) : reason)
      ),
    registrationToken: (target) =>
      call("registrationToken", () => Redacted.make(registry.issueToken(scopeOf(target), "register").token)),
    forgetRegistration: () => Effect.void,
    getJob: (_repository, jobId) => call("getJob", () => jobOf(visibleJob(jobId))),
    listRunJobs: (_repository, runId) =>
      call("listRunJobs", () => {
        const run = machine.runs.runs.get(runId)
        if (run === undefined) throw notFound()
        return run.jobs.filter((job) => job.status !== "blocked").map(jobOf)
      }),
    listRuns: (repository, status) =>
      call("listRuns", () => {
        const [owner = "", name = ""] = repository.split("/")
        return runs.list(topology.repository(owner, name), status).map((run) => ({ id: run.id, status: run.status }))
      }),
    installedRepositories: () =>
      call("installedRepositories", () =>
        [...topology.installations.values()].flatMap((installation) =>
          [...installation.repositories.values()].map((repository) => repository.fullName)
        )
      ),
    hookDeliveries: (cursor) =>
      call("hookDeliveries", () => {
        const all = log.ended()
        // The one that the cursor meant may be forgotten by now.
        const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id <= Number(cursor))
        const rest = from === -1 ? [] : all.slice(from)
        const next = rest[deliveriesOnPage]?.id
        return {
          deliveries: rest.slice(0, deliveriesOnPage).map(deliveryOf),
          next: next === undefined ? undefined : String(next)
        }
      }),
    hookDeliveryBody: (id) =>
      call("hookDeliveryBody", () => {
        const delivery = log.find(id)
        if (delivery === null) throw notFound()
        return delivery.webhook.body
      }),
    findRunner: (target, name) =>
      call("findRunner", () => Option.map(Option.fromNullishOr(registry.list(scopeOf(target), name)[0]), runnerOf)),
    listRunners: (target) => call("listRunners", () => registry.list(scopeOf(target)).map(runnerOf)),
    deleteRunner: (target, runnerId) =>
      call(
        "deleteRunner",
        () => {
          const runner = registry.byId.get(runnerId)
          if (runner === undefined) return false
          scopeOf(target)
          machine.deleteRunner(runner)
          return true
        },
        (status, reason) => (status === 422 ? new Reason.RunnerBusy({ detail: "busy" }) : reason)
      )
  }
}
