// The errors of the management API: `{"error": sentence, "code": stable code}`, as the original's plus the code.
import * as Schema from "effect/Schema"

const sentence = Schema.String.annotate({ description: "What is wrong, in a sentence for people." })
const codeOf = <const C extends ReadonlyArray<string>>(codes: C) =>
  Schema.Literals(codes).annotate({ description: "What is wrong, for programs. Codes are never renamed." })

export class BadRequest extends Schema.Error<BadRequest>("BadRequest")(
  { error: sentence, code: codeOf(["invalid_request", "invalid_template"]) },
  { httpApiStatus: 400 }
) {}

export class Unauthorized extends Schema.Error<Unauthorized>("Unauthorized")(
  { error: sentence, code: codeOf(["unauthorized"]) },
  { httpApiStatus: 401 }
) {}

export class NotFound extends Schema.Error<NotFound>("NotFound")(
  { error: sentence, code: codeOf(["not_found"]) },
  { httpApiStatus: 404 }
) {}

export class Conflict extends Schema.Error<Conflict>("Conflict")(
  { error: sentence, code: codeOf(["retry_not_allowed"]) },
  { httpApiStatus: 409 }
) {}

/** Something runnerd depends on did not answer as it should. */
export class BadGateway extends Schema.Error<BadGateway>("BadGateway")(
  { error: sentence, code: codeOf(["upstream_failed"]) },
  { httpApiStatus: 502 }
) {}

/** The service cannot answer now; try again. */
export class Unavailable extends Schema.Error<Unavailable>("Unavailable")(
  { error: sentence, code: codeOf(["unavailable"]) },
  { httpApiStatus: 503 }
) {}
