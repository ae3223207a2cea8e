// Recognises what GitHub's failures mean.
//
// Answers for: Octokit's exceptions as reasons of GitHubError, by status and headers.
// Gotchas: Octokit gives network failures the status 500; only the missing response tells them from a real
// 500. A primary rate limit is a 403 or 429 with x-ratelimit-remaining 0, a secondary one a 403 or 429 with
// Retry-After or a message that says so; any other 403 is about permissions.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
import type * as Redacted from "effect/Redacted"
import { errorDetail } from "../../domain/ErrorDetail.ts"
import * as Reason from "../../domain/GitHubError.ts"

/** What is read of an exception; RequestError of @octokit/request-error has it. */
export interface OctokitFailure {
  readonly status: number | undefined
  readonly url: string
  readonly message: string
  /** Absent: there was no answer. */
  readonly headers: Readonly<Record<string, unknown>> | undefined
  /** What lies beneath: the cause, or the exception itself where Octokit did not wrap it. */
  readonly origin: unknown
}

/** Reads an exception of any type. */
export const failureOf = (error: unknown): OctokitFailure => {
  const fields = (typeof error === "object" && error !== null ? error : {}) as {
    readonly status?: unknown
    readonly message?: unknown
    readonly cause?: unknown
    readonly request?: { readonly url?: unknown }
    readonly response?: { readonly headers?: Readonly<Record<string, unknown>> }
  }
  return {
    status: typeof fields.status === "number" ? fields.status : undefined,
    url: typeof fields.request?.url === "string" ? fields.request.url : "",
    message: typeof fields.message === "string" ? fields.message : String(error),
    headers: fields.response?.headers,
    origin: fields.cause ?? error
  }
}

/** Did the exchange for an installation token fail, rather than the call itself? */
export const isTokenExchange = (failure: OctokitFailure): boolean => failure.url.endsWith("/access_tokens")

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === "string" && /^\d{1,12}$/.test(value.trim()) ? Number(value) : undefined

const withoutAnswer = (failure: OctokitFailure, detail: string): Reason.GitHubErrorReason => {
  const { origin, status } = failure
  if (origin instanceof DOMException && origin.name === "TimeoutError") return new Reason.TimedOut({ detail })
  // What has no status at all happened before anything was sent: the private key could not be used.
  return status === undefined
    ? new Reason.Unauthorized({ detail: `the credentials cannot be used: ${detail}` })
    : new Reason.ConnectionFailed({ detail })
}

const limited = (
  failure: OctokitFailure,
  headers: Readonly<Record<string, unknown>>,
  detail: string
): Reason.GitHubErrorReason | undefined => {
  if (headers["x-ratelimit-remaining"] === "0") {
    const reset = wholeNumber(headers["x-ratelimit-reset"])
    return new Reason.PrimaryRateLimited({ detail, ...(reset === undefined ? {} : { resetAtMillis: reset * 1000 }) })
  }
  const retryAfterSeconds = wholeNumber(headers["retry-after"])
  if (retryAfterSeconds !== undefined || failure.status === 429 || /\bsecondary rate\b/i.test(failure.message)) {
    return new Reason.SecondaryRateLimited({
      detail,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
    })
  }
  return undefined
}

/** The reason for a failed call. */
export const reasonOf = (
  failure: OctokitFailure,
  secrets: ReadonlyArray<Redacted.Redacted>
): Reason.GitHubErrorReason => {
  const detail = errorDetail(failure.message, secrets)
  const { headers, status } = failure
  if (headers === undefined || status === undefined) return withoutAnswer(failure, detail)
  switch (status) {
    case 401:
      return new Reason.Unauthorized({ detail })
    case 403:
    case 429: {
      const limit = limited(failure, headers, detail)
      if (limit !== undefined) return limit
      const accepted = headers["x-accepted-github-permissions"]
      return new Reason.Forbidden({
        detail,
        ...(typeof accepted === "string" && accepted !== "" ? { acceptedPermissions: accepted } : {})
      })
    }
    case 404:
    case 410:
      return new Reason.NotFound({ detail })
    default:
      return status === 408 || status === 409 || status === 425 || status >= 500
        ? new Reason.Unavailable({ status, detail })
        : new Reason.Rejected({ status, detail })
  }
}
