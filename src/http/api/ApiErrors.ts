// The errors of the management API: `{"error": sentence, "code": stable code}`, as the original's plus the code, and
// `details` where fields of the request are at fault.
import * as Schema from "effect/Schema"

const sentence = Schema.String.annotate({ description: "What is wrong, in a sentence for people." })
const codeOf = <const C extends ReadonlyArray<string>>(codes: C) =>
  Schema.Literals(codes).annotate({ description: "What is wrong, for programs. Codes are never renamed." })

const ErrorDetail = Schema.Struct({
  field: Schema.String.annotate({ description: "The field, parameter or header, such as `labels[0]`." }),
  message: Schema.String.annotate({ description: "What is wrong with it." })
}).annotate({ identifier: "ErrorDetail" })
export type ErrorDetail = typeof ErrorDetail.Type

const details = Schema.optionalKey(
  Schema.Array(ErrorDetail).annotate({
    description: "What is wrong where, when single fields or resources are at fault."
  })
)

export class BadRequest extends Schema.Error<BadRequest>("BadRequest")(
  {
    error: sentence,
    code: codeOf(["invalid_request", "invalid_template", "unknown_reference", "not_supported", "no_matching_spec"]),
    details
  },
  { httpApiStatus: 400, description: "A parameter, header or field is wrong; nothing was changed." }
) {}

export class Unauthorized extends Schema.Error<Unauthorized>("Unauthorized")(
  { error: sentence, code: codeOf(["unauthorized"]) },
  { httpApiStatus: 401, description: "No token, or a wrong one." }
) {}

export class Forbidden extends Schema.Error<Forbidden>("Forbidden")(
  { error: sentence, code: codeOf(["forbidden", "repository_not_allowed"]), details },
  { httpApiStatus: 403, description: "The token's role is not enough, or the repository is not allowed." }
) {}

export class NotFound extends Schema.Error<NotFound>("NotFound")(
  { error: sentence, code: codeOf(["not_found"]) },
  { httpApiStatus: 404, description: "There is no such thing." }
) {}

export class Conflict extends Schema.Error<Conflict>("Conflict")(
  { error: sentence, code: codeOf(["retry_not_allowed", "payload_gone", "in_use", "already_exists"]), details },
  { httpApiStatus: 409, description: "It cannot be done to what is there; nothing was changed." }
) {}

/** `If-Match` or `If-None-Match` does not hold for what is stored. */
export class PreconditionFailed extends Schema.Error<PreconditionFailed>("PreconditionFailed")(
  { error: sentence, code: codeOf(["precondition_failed"]) },
  {
    httpApiStatus: 412,
    description: "`If-Match` or `If-None-Match` does not hold for what is stored; nothing was changed."
  }
) {}

/** Too many wrong tokens from one address. */
export class TooManyRequests extends Schema.Error<TooManyRequests>("TooManyRequests")(
  { error: sentence, code: codeOf(["too_many_attempts"]) },
  {
    httpApiStatus: 429,
    description: "Too many wrong tokens came from this address: `Retry-After` says when to try again."
  }
) {}

/** Something runnerd depends on did not answer as it should. */
export class BadGateway extends Schema.Error<BadGateway>("BadGateway")(
  { error: sentence, code: codeOf(["upstream_failed"]) },
  { httpApiStatus: 502, description: "Something runnerd depends on did not answer as it should; nothing was changed." }
) {}

/** The service cannot answer now; try again. */
export class Unavailable extends Schema.Error<Unavailable>("Unavailable")(
  { error: sentence, code: codeOf(["unavailable"]) },
  { httpApiStatus: 503, description: "The service cannot answer now; try again." }
) {}
