// Exchanges the code that GitHub gave the browser for the App that was made: once, within an hour.
//
// Source: https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
// Gotcha: it is asked once. If the answer is lost the code is used up, and the App is there without anybody having its key.
import { Octokit } from "@octokit/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { failureOf } from "../../services/github/GitHubFailure.ts"
import { InitError } from "../InitError.ts"

const Converted = Schema.Struct({
  id: Schema.Int,
  name: Schema.String,
  html_url: Schema.String,
  pem: Schema.RedactedFromValue(Schema.String),
  webhook_secret: Schema.RedactedFromValue(Schema.NonEmptyString)
})

export interface MadeApp {
  readonly id: number
  readonly name: string
  readonly privateKey: Redacted.Redacted
  readonly webhookSecret: Redacted.Redacted
  /** Where it is installed. */
  readonly installUrl: string
}

const patience = Duration.seconds(30)

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const failed = (problem: string) => new InitError({ exitCode: 1, problems: [problem] })

/** What becomes of an App whose key nobody has. */
export const lost =
  "If GitHub lists the App under Developer settings, delete it there, or make a key for it and use --app-id; nothing was written"

const explained = (cause: unknown): InitError => {
  const { headers, message, status } = failureOf(cause)
  if (headers !== undefined && status === 404) {
    return failed("GitHub does not know the code: it counts once, and for an hour. Begin again; nothing was written")
  }
  if (headers !== undefined && status !== undefined && status < 500) {
    return failed(`GitHub refused to hand the App over (${status}: ${message}). ${lost}`)
  }
  return failed(`GitHub did not hand the App over (${message}). ${lost}`)
}

export const convert = Effect.fnUntraced(function* (gitHubApiUrl: string, code: string) {
  const octokit = new Octokit({ baseUrl: gitHubApiUrl, userAgent: "runnerd", log: silent })
  const answer = yield* Effect.tryPromise({
    try: (signal) => octokit.request("POST /app-manifests/{code}/conversions", { code, request: { signal } }),
    catch: explained
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(failed(`GitHub did not answer within ${Duration.format(patience)}. ${lost}`))
    })
  )
  const app = yield* Schema.decodeUnknownEffect(Converted)(answer.data).pipe(
    Effect.mapError(() => failed(`GitHub's answer lacks the App's key or secret. ${lost}`))
  )
  return {
    id: app.id,
    name: app.name,
    privateKey: Redacted.make(Redacted.value(app.pem).trimEnd()),
    webhookSecret: app.webhook_secret,
    installUrl: `${app.html_url}/installations/new`
  } satisfies MadeApp
})
