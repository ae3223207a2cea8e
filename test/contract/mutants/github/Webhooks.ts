// What has been broken in the simulated GitHub: webhooks and their deliveries.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const jobPayload = mutationsOf("src/simulator/github/payloads/JobPayload.ts")
const webhookPayload = mutationsOf("src/simulator/github/payloads/WebhookPayload.ts")
const webhookSender = mutationsOf("src/simulator/github/hooks/WebhookSender.ts")
const workflowRuns = mutationsOf("src/simulator/github/machine/WorkflowRuns.ts")
const controlRoutes = mutationsOf("src/simulator/github/rest/ControlRoutes.ts")
const deliveryLog = mutationsOf("src/simulator/github/hooks/DeliveryLog.ts")
const hookRoutes = mutationsOf("src/simulator/github/rest/HookRoutes.ts")
const webhookFaults = mutationsOf("src/simulator/github/hooks/WebhookFaults.ts")
const topology = mutationsOf("src/simulator/github/machine/Topology.ts")
const options = mutationsOf("src/simulator/github/Options.ts")

export const webhooks: ReadonlyArray<Mutation> = [
  jobPayload(
    "a job lacks its check run",
    "    check_run_url: `${repositoryUrl}/check-runs/${job.id}`,\n",
    "",
    "WebhookShapes › workflow_job › queued with",
    "WebhookShapes › workflow_job › waiting with",
    "WebhookShapes › workflow_job › in_progress with",
    "WebhookShapes › workflow_job › completed with"
  ),
  webhookPayload(
    "a run's webhook lacks its workflow",
    "workflow: workflowPayload(",
    "flow: workflowPayload(",
    "WebhookShapes › workflow_run ›"
  ),
  jobPayload(
    "steps have no number",
    "  number: step.number,\n",
    "",
    "WebhookShapes › workflow_job › completed has steps"
  ),
  webhookSender(
    "the signature is another secret's",
    "createHmac(algorithm, secret)",
    "createHmac(algorithm, `${secret}.`)",
    "Webhooks › a webhook › is verified",
    "Webhooks › a webhook › is not sent anywhere"
  ),
  webhookSender(
    "the sender calls itself otherwise",
    "GitHub-Hookshot/51a1e5b",
    "curl/8",
    "Webhooks › a webhook › carries GitHub's headers"
  ),
  webhookPayload(
    "a webhook names another installation",
    "{ id: installation.id, node_id",
    "{ id: installation.id + 1, node_id",
    "Webhooks › a webhook › names the installation"
  ),
  webhookPayload(
    "a repository's hook names an installation",
    'if (this.#hookKind === "integration") {',
    "if (this.#hookKind.length > 0) {",
    "Webhooks › a webhook › of a repository's own hook"
  ),
  workflowRuns(
    "a gated job is not told to be waiting",
    '    this.#events.job("waiting", job)\n',
    "",
    "Webhooks › a webhook › of every kind"
  ),
  jobPayload(
    "a job's labels name its group",
    "labels: job.definition.labels",
    'labels: [...job.definition.labels, job.definition.runnerGroup ?? "none"]',
    "Webhooks › a webhook › of a job that was cancelled"
  ),
  controlRoutes(
    "webhooks are not made by hand",
    '"/_control/webhooks"',
    '"/_control/webhooks-by-hand"',
    "Webhooks › a webhook › can be made by hand"
  ),
  deliveryLog(
    "deliveries come oldest first",
    "[...this.#deliveries.values()].toReversed()",
    "[...this.#deliveries.values()]",
    "Webhooks › deliveries › are recorded newest first",
    "Webhooks › deliveries that are old or large › are not sent"
  ),
  hookRoutes(
    "a page of deliveries is skipped over",
    "matching[from + perPage]",
    "matching[from + perPage + 1]",
    "Webhooks › deliveries › go by cursor"
  ),
  webhookSender(
    "a redelivery has another GUID",
    "delivery.url, delivery.guid)",
    "delivery.url)",
    "Webhooks › deliveries › that fail",
    "Webhooks › deliveries › that nobody accepts"
  ),
  webhookFaults(
    "a doubled webhook comes once",
    "copies += 1",
    "copies += 0",
    "Webhooks › webhooks that go wrong on purpose › are lost"
  ),
  webhookFaults(
    "webhooks keep their order",
    "else heldMs = fault.delayMs ?? 1000",
    "else heldMs = null",
    "Webhooks › webhooks that go wrong by seed or in their order › arrive after"
  ),
  webhookFaults(
    "chance is chance",
    'draw(this.seed, "webhook", entry.number, entry.seen)',
    "Math.random()",
    "Webhooks › webhooks that go wrong by seed or in their order › are the same ones"
  ),
  webhookFaults(
    "a delay without a time is refused in other words",
    '"delayMs: a delay needs it, in milliseconds"',
    '"delayMs"',
    "Webhooks › webhooks that go wrong by seed or in their order › are refused"
  ),
  hookRoutes(
    "anybody may read a repository's deliveries",
    '["repository_hooks", "write"]',
    '["metadata", "read"]',
    "Webhooks › a hook of a repository"
  ),
  options(
    "deliveries are kept for four days",
    "deliveryRetentionMillis: 72 * hour",
    "deliveryRetentionMillis: 96 * hour",
    "Webhooks › deliveries that are old or large › are forgotten"
  ),
  webhookSender(
    "a payload may have any size",
    "    if (Buffer.byteLength(webhook.body) > this.#limits.maxPayloadBytes) return\n",
    "",
    "Webhooks › deliveries that are old or large › are not sent"
  ),
  deliveryLog(
    "all deliveries have one GUID",
    "guid: guid ?? this.#ids.guid()",
    'guid: guid ?? "one"',
    "Webhooks › a burst"
  ),
  topology(
    "another App's installation is the App's",
    "foreign: options.foreign ?? false",
    "foreign: false",
    "Webhooks › webhooks of another App's installation"
  ),
  hookRoutes(
    "a forgotten cursor begins again",
    "findIndex(({ id }) => id <= newest)",
    "findIndex(({ id }) => cursor === null || id === newest)",
    "Webhooks › deliveries › go on by cursor"
  ),
  webhookSender(
    "a late webhook is recorded before it goes out",
    "fate.delayMs > 0 ? this.#later(fate.delayMs, deliver) : deliver()",
    "(fate.delayMs > 0 ? this.#later(fate.delayMs, () => undefined) : undefined, deliver())",
    "Webhooks › deliveries › that are late"
  )
]
