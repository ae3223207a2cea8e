// Recognises what E2B's failures mean.
//
// Answers for: HTTP answers of the control API (by status and error_code) and exceptions of the SDK (by
// type) as reasons of SandboxError. Not for what follows (domain/Disposition.ts).
// Gotchas: the SDK reports several envd troubles as "not found" although the sandbox lives, so nothing of
// envd ever becomes SandboxGone; and the only text that is compared is the prefix "Failed to place
// sandbox", which E2B's source declares load-bearing.
import * as E2b from "e2b"
import type * as Redacted from "effect/Redacted"
import { errorDetail } from "../../domain/ErrorDetail.ts"
import * as Reason from "../../domain/SandboxError.ts"

type Secrets = ReadonlyArray<Redacted.Redacted | undefined>

/** An HTTP answer of the control API that is no success. `body`: parsed JSON, or text. */
export interface RefusedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** What the call was about, where the reason depends on it. */
export interface CallSubject {
  readonly operation: string
  readonly sandboxId?: string
  readonly template?: string
  readonly pid?: number
}

const bodyOf = (body: unknown): { code: number | undefined; message: string; errorCode: string | undefined } => {
  if (typeof body === "string") return { code: undefined, message: body, errorCode: undefined }
  if (typeof body !== "object" || body === null) return { code: undefined, message: "", errorCode: undefined }
  const fields = body as { code?: unknown; message?: unknown; error_code?: unknown }
  return {
    code: typeof fields.code === "number" ? fields.code : undefined,
    message: typeof fields.message === "string" ? fields.message : "",
    errorCode: typeof fields.error_code === "string" ? fields.error_code : undefined
  }
}

const retryAfterOf = (headers: Headers): { retryAfterSeconds?: number } => {
  const value = headers.get("retry-after")?.trim() ?? ""
  return /^\d{1,7}$/.test(value) ? { retryAfterSeconds: Number(value) } : {}
}

const placementCodes = new Set(["sandbox_capacity_unavailable", "sandbox_placement_timeout", "sandbox_create_failed"])

/** The reason for a control API answer outside 2xx. */
export const ofAnswer = (answer: RefusedAnswer, subject: CallSubject, secrets: Secrets): Reason.SandboxErrorReason => {
  const { status } = answer
  const body = bodyOf(answer.body)
  const detail = errorDetail(body.message, secrets)
  const retryAfter = retryAfterOf(answer.headers)
  const creating = subject.operation === "create"
  if (body.errorCode === "sandbox_no_compatible_node") return new Reason.NoCompatibleNode({ detail })
  if (creating && status >= 500) {
    const placement = body.errorCode !== undefined && placementCodes.has(body.errorCode)
    if (placement || body.message.startsWith("Failed to place sandbox")) {
      return new Reason.PlacementFailed({ detail, ...retryAfter })
    }
  }
  switch (status) {
    case 400:
    case 422:
      return new Reason.BadRequest({ detail })
    case 401:
      return new Reason.Unauthorized({ detail })
    case 403:
      return new Reason.Forbidden({ detail })
    case 404:
      return notFound(subject, body.code, detail)
    case 409:
      return new Reason.Conflict({ detail })
    case 429:
      // Only the limit on concurrent sandboxes comes without Retry-After, and only creating can meet it.
      return creating && retryAfter.retryAfterSeconds === undefined
        ? new Reason.ConcurrencyLimited({ detail })
        : new Reason.RateLimited({ detail, ...retryAfter })
    default:
      return status === 408 || status === 425 || status >= 500
        ? new Reason.Unavailable({ status, detail, ...retryAfter })
        : new Reason.BadRequest({ detail: `status ${status} ${detail}`.trim() })
  }
}

// A 404 of something else on the way (a wrong e2b.api_url, a proxy) must not bury every sandbox: E2B's own carries a code.
const notFound = (subject: CallSubject, code: number | undefined, detail: string): Reason.SandboxErrorReason => {
  if (code !== 404) {
    return new Reason.MalformedAnswer({
      detail: `status 404 without E2B's error body: check e2b.api_url ${detail}`.trim()
    })
  }
  if (subject.sandboxId !== undefined) return new Reason.SandboxGone({ sandboxId: subject.sandboxId })
  if (subject.template !== undefined) return new Reason.TemplateUnusable({ template: subject.template, detail })
  return new Reason.BadRequest({ detail })
}

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined
  const more = typeof cause?.code === "string" ? cause.code : typeof cause?.message === "string" ? cause.message : ""
  return `${error.message} ${more}`.trim()
}

/** undici's "fetch failed" is a TypeError with a cause; a TypeError without one is a misread answer. */
const isConnectionFailure = (error: unknown): boolean => error instanceof TypeError && error.cause !== undefined

/** The reason for an exception of a control API call: there was no answer, or one that could not be parsed. */
export const ofControlException = (error: unknown, secrets: Secrets): Reason.SandboxErrorReason => {
  const detail = errorDetail(textOf(error), secrets)
  return isConnectionFailure(error) ? new Reason.ConnectionFailed({ detail }) : new Reason.MalformedAnswer({ detail })
}

/** The reason for an exception of an envd call before its answer, or its stream's start event, was there. */
export const ofEnvdException = (error: unknown, subject: CallSubject, secrets: Secrets): Reason.SandboxErrorReason => {
  const detail = errorDetail(textOf(error), secrets)
  if (error instanceof E2b.AuthenticationError) return new Reason.Unauthorized({ detail })
  if (error instanceof E2b.InvalidArgumentError) return new Reason.BadRequest({ detail })
  if (error instanceof E2b.RateLimitError) return new Reason.RateLimited({ detail })
  if (error instanceof E2b.NotEnoughSpaceError) return new Reason.Unavailable({ status: 507, detail })
  if (error instanceof E2b.NotFoundError && !(error instanceof E2b.SandboxNotFoundError) && subject.pid !== undefined) {
    return new Reason.ProcessNotFound({ pid: subject.pid })
  }
  if (error instanceof E2b.SandboxError) return new Reason.EnvdUnreachable({ detail })
  return isConnectionFailure(error) ? new Reason.ConnectionFailed({ detail }) : new Reason.MalformedAnswer({ detail })
}

/** The reason for a stream that ended without the process's end. */
export const ofLostStream = (error: unknown, secrets: Secrets): Reason.StreamLost =>
  new Reason.StreamLost({ detail: errorDetail(textOf(error), secrets) })
