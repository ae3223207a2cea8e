// GitHub's refusals that faults may name.
//
// Answers for: status, body and headers of each, as GitHub words them (rate limits and 401/403: documentation; the page
// of a 502: seen, its text is our own).
import type { Answer } from "./Route.ts"

const refusal = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  headers
})

const secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

export const namedFailures: Readonly<Record<string, Answer>> = {
  bad_credentials: refusal(401, "Bad credentials"),
  not_accessible: refusal(403, "Resource not accessible by integration"),
  not_found: refusal(404, "Not Found"),
  primary_rate_limit: refusal(403, "API rate limit exceeded for installation.", {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-used": "5000"
  }),
  secondary_rate_limit: refusal(403, secondary, { "retry-after": "60" }),
  secondary_rate_limit_without_retry_after: refusal(429, secondary),
  server_error: refusal(500, "Server Error"),
  unicorn: {
    status: 502,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<!DOCTYPE html><html><body><h1>This page is taking too long to load.</h1></body></html>"
  },
  unavailable: refusal(503, "Service unavailable")
}

const hourSeconds = 3600

/** The refusal as GitHub answers it at `now` (epoch milliseconds): a used-up hour says when the next one begins. */
export const namedFailure = (name: string, now: number): Answer => {
  const answer = namedFailures[name] ?? { status: 500 }
  if (name !== "primary_rate_limit") return answer
  const reset = String(Math.ceil(now / 1000) + hourSeconds)
  return { ...answer, headers: { ...answer.headers, "x-ratelimit-reset": reset, "x-ratelimit-resource": "core" } }
}
