// One HTTP call to GitHub with given credentials: the one place where Octokit is asked.
//
// Answers for: headers, time limit, redirects, failures as GitHubError, a span and a report to `observe` per
// call, and decoding answers. Not for whose credentials (GitHubCalls.ts).
// Gotcha: fetch turns a POST that is redirected by a 301 into a GET, so writes follow redirects here.
import type { Octokit } from "@octokit/core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { GitHubError, MalformedAnswer, TimedOut } from "../../domain/GitHubError.ts"
import { failureOf, type OctokitFailure, reasonOf } from "./GitHubFailure.ts"
import type { GitHubOptions } from "./GitHubTypes.ts"

export interface CallSpec {
  /** The service method it belongs to. */
  readonly operation: string
  /** E.g. `GET /repos/{owner}/{repo}/actions/jobs/{job_id}`. */
  readonly route: string
  readonly path: Readonly<Record<string, string | number>>
  /** Query of a GET, body of a write. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** What an earlier answer was marked with: unless it has changed since, the answer is 304 and costs nothing of the hourly limit. */
  readonly etag?: string
  /** GitHub's points that it costs, where claims must not begin more than a minute's (domain/CallLimit.ts). */
  readonly points?: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly data: unknown
}

/** A failed call: what it means, and what Octokit said, unless it was our own time limit. */
export interface Refusal {
  readonly error: GitHubError
  readonly raw: OctokitFailure | undefined
}

const apiHeaders = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" }
const redirects = new Set([301, 302, 307, 308])
const maximumRedirects = 3

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** Octokit throws what is no failure here: nothing has changed. */
const unchanged = (error: unknown): Answer => {
  const { headers, status } = failureOf(error)
  if (status === 304 && headers !== undefined) return { status, headers, data: undefined }
  throw error
}

const send = async (octokit: Octokit, baseUrl: string, spec: CallSpec, signal: AbortSignal): Promise<Answer> => {
  const method = spec.route.slice(0, spec.route.indexOf(" "))
  const redirect = method === "GET" ? ("follow" as const) : ("manual" as const)
  const headers = spec.etag === undefined ? apiHeaders : { ...apiHeaders, "if-none-match": spec.etag }
  const common = { headers, request: { signal, redirect } }
  let answer: Answer = await octokit.request(spec.route, { ...spec.path, ...spec.parameters, ...common })
  for (let hop = 0; hop < maximumRedirects && redirects.has(answer.status); hop++) {
    const target = new URL(String(answer.headers["location"]), baseUrl)
    // Our credentials go to no other server.
    if (target.origin !== new URL(baseUrl).origin) break
    answer = await octokit.request(`${method} ${target.href}`, { ...spec.parameters, ...common })
  }
  return answer
}

const secretsOf = (auth: GitHubOptions["auth"]): ReadonlyArray<Redacted.Redacted> =>
  auth._tag === "Token" ? [auth.token] : auth._tag === "Basic" ? [auth.password] : []

export const makeGitHubTransport = (options: GitHubOptions) => {
  const secrets = secretsOf(options.auth)

  const fail = (operation: string, reason: GitHubError["reason"]) => new GitHubError({ operation, reason })

  /** What an exception of Octokit means for this operation. */
  const explain = (operation: string, raw: OctokitFailure): Refusal => ({
    error: fail(operation, reasonOf(raw, secrets)),
    raw
  })

  const report = (operation: string, startedAt: number, ended: { readonly status: number } | GitHubError) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      options.observe === undefined
        ? Effect.void
        : options.observe({
            operation,
            durationMillis: now - startedAt,
            unchanged: "status" in ended && ended.status === 304,
            failure: "status" in ended ? undefined : ended.reason._tag
          })
    )

  const perform = Effect.fnUntraced(function* (octokit: Octokit, spec: CallSpec) {
    const { operation } = spec
    const startedAt = yield* Clock.currentTimeMillis
    const detail = `no answer within ${Duration.format(options.callTimeout)}`
    return yield* Effect.tryPromise({
      try: (signal) => send(octokit, options.baseUrl, spec, signal).catch(unchanged),
      catch: (error) => explain(operation, failureOf(error))
    }).pipe(
      Effect.timeoutOrElse({
        duration: options.callTimeout,
        orElse: () => Effect.fail<Refusal>({ error: fail(operation, new TimedOut({ detail })), raw: undefined })
      }),
      Effect.tap((answer) => report(operation, startedAt, answer)),
      Effect.tapError((refusal) => report(operation, startedAt, refusal.error)),
      Effect.withSpan("GitHub.call", { attributes: { "github.route": spec.route }, kind: "client" })
    )
  })

  /** Decodes answers; the error names the places that are wrong, never the values there. */
  const decode = <S extends Schema.ConstraintDecoder<unknown>>(operation: string, schema: S) => {
    const decoder = Schema.decodeUnknownEffect(schema)
    return (data: unknown) =>
      decoder(data, { errors: "all" }).pipe(
        Effect.mapError((error) => {
          const places = formatIssue(error.issue).issues.map(
            (issue) => (issue.path ?? []).map(String).join(".") || "the whole answer"
          )
          return fail(operation, new MalformedAnswer({ detail: `wrong or missing: ${places.join(", ")}` }))
        })
      )
  }

  return { decode, explain, fail, perform }
}

export type GitHubTransport = ReturnType<typeof makeGitHubTransport>
