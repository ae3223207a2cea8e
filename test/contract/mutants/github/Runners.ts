// What has been broken in the simulated GitHub: runners, and what passes with time.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const refused = mutationsOf("src/simulator/github/machine/Refused.ts")
const authentication = mutationsOf("src/simulator/github/rest/Authentication.ts")
const runnerRegistry = mutationsOf("src/simulator/github/machine/RunnerRegistry.ts")
const paging = mutationsOf("src/simulator/github/rest/Paging.ts")
const runnerPayload = mutationsOf("src/simulator/github/payloads/RunnerPayload.ts")
const runnerRoutes = mutationsOf("src/simulator/github/rest/RunnerRoutes.ts")
const restServer = mutationsOf("src/simulator/github/rest/RestServer.ts")
const topology = mutationsOf("src/simulator/github/machine/Topology.ts")
const runnerSessions = mutationsOf("src/simulator/github/machine/RunnerSessions.ts")
const options = mutationsOf("src/simulator/github/Options.ts")
const rateLimits = mutationsOf("src/simulator/github/rest/RateLimits.ts")
const webhookFaults = mutationsOf("src/simulator/github/hooks/WebhookFaults.ts")

export const runners: ReadonlyArray<Mutation> = [
  refused(
    "a job that is not there is 410",
    'new Refused(404, "Not Found")',
    'new Refused(410, "Not Found")',
    "Repository › a repository › lists runs"
  ),
  authentication(
    "credentials that are none are 403",
    'new Refused(401, "Bad credentials")',
    'new Refused(403, "Bad credentials")',
    "Repository › a repository › is 401",
    "Authentication › other credentials › an unknown token"
  ),
  runnerRegistry(
    "a runner is found by any name",
    "if (name === undefined) return",
    'if (name !== "") return',
    "Repository › a repository's runner › is found by its whole name",
    "Runners › the list of runners › goes by pages"
  ),
  paging(
    "no page has a next one",
    'link(page + 1, "next"), ',
    "",
    "Repository › a repository's runner › comes on a page",
    "Runners › the list of runners › goes by pages"
  ),
  runnerPayload(
    "a runner of generate-jitconfig has two files",
    '".credentials_rsaparams": JSON',
    '".credentials_rsa": JSON',
    "Repository › a repository's runner › is registered"
  ),
  runnerRoutes(
    "a JIT runner is not ephemeral",
    "group, ephemeral: true, jit: true",
    "group, ephemeral: false, jit: true",
    "Runners › generate-jitconfig › registers",
    "Time › an ephemeral runner › is gone"
  ),
  runnerRegistry(
    "a taken name is 422",
    'new Refused(409, "Already exists',
    'new Refused(422, "Already exists',
    "Runners › generate-jitconfig › answers 409",
    "Repository › a repository's runner › is 409"
  ),
  runnerRoutes(
    "a runner may have any number of labels",
    "labels.length < 1 || labels.length > maxLabels",
    "labels.length < 1",
    "Runners › generate-jitconfig › answers 422"
  ),
  restServer(
    "a body that is no JSON is 422",
    'new Refused(400, "Problems',
    'new Refused(422, "Problems',
    "Repository › a repository's runner › is 422 without labels, and 400"
  ),
  runnerRegistry(
    "tokens for config.sh live two hours",
    "tokenLifetimeMillis = 3_600_000",
    "tokenLifetimeMillis = 7_200_000",
    "Repository › a repository › gives tokens",
    "Runners › tokens for config.sh › are issued",
    "Time › tokens › for config.sh"
  ),
  topology(
    "a user is an organisation",
    'installation === null || installation.account.type !== "Organization"',
    "installation === null",
    "Runners › tokens for config.sh › an account"
  ),
  paging("no page is the last", ', link(last, "last"))', ")", "Runners › the list of runners › goes by pages"),
  paging(
    "a page may hold more than 100",
    "Math.min(100, positive(",
    "Math.min(1000, positive(",
    "Runners › the list of runners › never shows"
  ),
  runnerRoutes(
    "deleting a runner does nothing",
    "machine.deleteRunner(runnerOf(call, auth.scope(call)))",
    "runnerOf(call, auth.scope(call))",
    "Repository › a repository's runner › is deleted once",
    "Runners › deleting a runner › is refused"
  ),
  runnerRegistry(
    "a runner is found in any place",
    "runner === undefined || placeOf(runner.scope) !== placeOf(scope)",
    "runner === undefined",
    "Runners › deleting a runner › of another repository"
  ),
  runnerRoutes(
    "every group is visible",
    "repositoryIds.has(repository?.id ?? -1)",
    "repositoryIds.size >= 0",
    "Runners › runner groups › are listed"
  ),
  runnerRoutes(
    "a group holds every runner",
    ".filter((runner) => runner.group === group)",
    "",
    "Runners › runner groups › are read"
  ),
  runnerSessions(
    "an ephemeral runner stays after its job",
    'if (!runner.misbehaviour.has("registration_stays"))',
    'if (runner.misbehaviour.has("registration_stays"))',
    "Time › an ephemeral runner › is gone"
  ),
  runnerSessions(
    "a leftover stays for 14 days",
    "runner.ephemeral ? this.#limits.ephemeralExpiryMillis : this",
    "this",
    "Time › an ephemeral runner › that never came"
  ),
  options(
    "a runner has 90 s to take its job",
    "jobPickupMillis: 60_000",
    "jobPickupMillis: 90_000",
    "Time › a job › is queued again"
  ),
  options(
    "a job waits two days",
    "queueLimitMillis: 24 * hour",
    "queueLimitMillis: 48 * hour",
    "Time › a job › that nobody takes"
  ),
  rateLimits(
    "the limit's end is told too early",
    '"x-ratelimit-reset": String(Math.ceil((window.startedAt + hour)',
    '"x-ratelimit-reset": String(Math.ceil((window.startedAt + hour / 2)',
    "Time › limits › are over"
  ),
  options(
    "a webhook's receiver has 20 s",
    "webhookTimeoutMillis: 10_000",
    "webhookTimeoutMillis: 20_000",
    "Time › a webhook › that is not answered"
  ),
  webhookFaults(
    "a late webhook is in time",
    "delayMs += fault.delayMs ?? 0",
    "delayMs += 0",
    "Time › a webhook › can be late"
  )
]
