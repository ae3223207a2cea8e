// Whether GitHub's webhooks arrive.
//
// Answers for: where the App's hook points, and what became of the newest deliveries by GitHub's own log. Without an App
// there is no such log: the newest delivery in our database stands in for it.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { fail, type Line, ok, warn } from "../../domain/Finding.ts"
import type { RunnerdConfig } from "../config/RunnerdConfig.ts"
import type { GitHubInspection } from "../github/GitHubInspection.ts"
import type { HookDelivery } from "../github/GitHubTypes.ts"
import type { DatabaseContents, DatabaseFacts } from "./DatabaseFacts.ts"
import { type Check, ofContents } from "./Examination.ts"

const path = "/webhooks/github"

const hookLine = (hook: Effect.Success<GitHubInspection["hook"]>): Line => {
  if (hook.url === "" || !URL.canParse(hook.url)) {
    return fail(
      "The App has no webhook URL.",
      `Set it to https://<this runnerd>${path} in the App's settings, and tick Active.`
    )
  }
  if (hook.contentType !== "json") {
    return fail(
      `The App's webhook is sent as ${hook.contentType}.`,
      "Set its content type to application/json in the App's settings."
    )
  }
  const url = new URL(hook.url)
  const shown = `${url.origin}${url.pathname}`
  if (url.protocol === "https:" && !hook.verifiesTls) {
    return warn(
      `GitHub does not look at the certificate of ${shown}.`,
      "Switch SSL verification on in the App's settings."
    )
  }
  return url.pathname === path
    ? ok(`GitHub sends webhooks to ${shown}.`)
    : warn(
        `GitHub sends webhooks to ${shown}; runnerd takes them at ${path}.`,
        "Correct the URL, unless a proxy in front changes the path."
      )
}

/** What to do about what runnerd, or something in front of it, answered. */
const adviceFor = (status: number): string => {
  switch (status) {
    // Nobody there, or nobody in time: GitHub's own words for it are 502 and 504, as those of a proxy in front are.
    case 0:
    case 502:
    case 504:
      return "Nobody answered: see that the webhook URL reaches runnerd from the internet, within ten seconds."
    case 401:
      return "The signature was refused: github.webhook_secret and the secret in the App's settings must be the same."
    case 403:
      return "It was refused: see github.app.installation_id and whatever stands in front of runnerd."
    case 404:
    case 405:
      return `The webhook URL leads elsewhere: it must end in ${path}.`
    case 429:
    case 503:
      return "runnerd, or what stands in front of it, was overloaded or had no database: see its log at that time."
    default:
      return status >= 500
        ? "See the log of runnerd, and of what stands in front of it, at that time."
        : "See what stands between GitHub and runnerd."
  }
}

const told = (status: number) => (status === 0 ? "no answer" : `status ${status}`)

/** Newest first. A delivery that failed and arrived later has arrived. */
export const deliveryLines = (deliveries: ReadonlyArray<HookDelivery>): ReadonlyArray<Line> => {
  const [newest] = deliveries
  if (newest === undefined) {
    return [warn("GitHub's log has no delivery, which it keeps for three days.", "Start a workflow, then look again.")]
  }
  const at = DateTime.formatIso(newest.deliveredAt)
  if (!newest.succeeded) {
    return [fail(`The newest delivery, ${at}, failed with ${told(newest.statusCode)}.`, adviceFor(newest.statusCode))]
  }
  const arrived = new Set(deliveries.flatMap(({ guid, succeeded }) => (succeeded ? [guid] : [])))
  const lost = deliveries.filter(({ guid }) => !arrived.has(guid))
  const [latest] = lost
  if (latest === undefined)
    return [
      ok(
        deliveries.length === 1
          ? `The only delivery arrived, ${at}.`
          : `All of the newest ${deliveries.length} deliveries arrived, the last one ${at}.`
      )
    ]
  const failed = new Set(lost.map(({ guid }) => guid)).size
  return [
    warn(
      `The newest delivery arrived, ${at}; ${failed} of the newest ${deliveries.length} did not, the last of them with ${told(latest.statusCode)}.`,
      adviceFor(latest.statusCode)
    )
  ]
}

const withoutApp = ({ lastWebhookAt }: DatabaseContents): ReadonlyArray<Line> => [
  lastWebhookAt === null
    ? warn(
        "No webhook has arrived yet.",
        `Have the repository's or organisation's webhook point to ${path}, with workflow_job events.`
      )
    : ok(
        `The newest webhook arrived ${DateTime.formatIso(DateTime.makeUnsafe(lastWebhookAt))}; GitHub's own log is for Apps only.`
      )
]

export const webhookChecks = (
  { auth }: RunnerdConfig["github"],
  inspection: GitHubInspection,
  facts: Effect.Effect<DatabaseFacts, unknown>
): ReadonlyArray<Check> =>
  auth._tag === "App"
    ? [
        {
          name: "webhook_url",
          run: Effect.map(inspection.hook, (hook) => [hookLine(hook)]).pipe(
            Effect.catchReason("GitHubError", "NotFound", () =>
              Effect.succeed([
                fail(
                  "The App has no webhook.",
                  `Give it the URL https://<this runnerd>${path} in its settings, and tick Active.`
                )
              ])
            )
          )
        },
        { name: "webhook_deliveries", run: Effect.map(inspection.deliveries, deliveryLines) }
      ]
    : [
        {
          name: "webhook_url",
          run: Effect.succeed([ok("Where the webhook points: only of a GitHub App it can be asked, and this is none.")])
        },
        {
          name: "webhook_deliveries",
          run: ofContents(facts, "Whether webhooks arrive", (contents) => Effect.succeed(withoutApp(contents)))
        }
      ]
