// One call of E2B's control API: the SDK's client, our time limit, failures as SandboxError.
//
// Answers for: every setting being passed explicitly (an undefined one would be read from E2B_* variables),
// no retries inside the SDK, and answers being decoded. Goes through the SDK's ApiClient instead of its
// Sandbox class, because that one throws error_code and Retry-After away.
// Gotcha: a call that we give up on is aborted on our side only; E2B may finish it.
import { ApiClient, ConnectionConfig } from "e2b"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { MalformedAnswer, SandboxError, TimedOut } from "../../domain/SandboxError.ts"
import { type CallSubject, ofAnswer, ofControlException } from "./SandboxFailure.ts"
import type { SandboxesOptions } from "./SandboxTypes.ts"

/** What the SDK's client answers, success or not. */
interface Answer {
  readonly response: Response
  readonly data?: unknown
  readonly error?: unknown
}

export type ControlClient = ApiClient["api"]

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** Names the places that are wrong, not the values there: they may be access tokens. */
const placesOf = (error: Schema.SchemaError): string =>
  formatIssue(error.issue)
    .issues.map((issue) => (issue.path ?? []).map(String).join(".") || "the whole answer")
    .join(", ")

export const makeControlCalls = (options: SandboxesOptions) => {
  const config = new ConnectionConfig({
    apiKey: Redacted.value(options.apiKey),
    apiUrl: options.apiUrl,
    domain: options.domain ?? "e2b.app",
    debug: false,
    retries: 0,
    requestTimeoutMs: 0,
    // Without a logger the SDK may write to the console when a variable of the environment says so.
    logger: {}
  })
  const client: ControlClient = new ApiClient(config).api
  const secrets = [options.apiKey]

  /** The raw answer, whatever its status. */
  const send = (
    operation: string,
    timeout: Duration.Duration,
    run: (client: ControlClient, signal: AbortSignal) => Promise<Answer>
  ): Effect.Effect<Answer, SandboxError> =>
    Effect.tryPromise({
      try: (signal) => run(client, signal),
      catch: (error) => new SandboxError({ operation, reason: ofControlException(error, secrets) })
    }).pipe(
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () =>
          Effect.fail(
            new SandboxError({
              operation,
              reason: new TimedOut({ detail: `no answer within ${Duration.format(timeout)}` })
            })
          )
      })
    )

  const refuse = (answer: Answer, subject: CallSubject): SandboxError =>
    new SandboxError({
      operation: subject.operation,
      reason: ofAnswer(
        { status: answer.response.status, headers: answer.response.headers, body: answer.error },
        subject,
        secrets
      )
    })

  /** The answer, if its status is a success. */
  const call = Effect.fnUntraced(function* (
    subject: CallSubject,
    timeout: Duration.Duration,
    run: (client: ControlClient, signal: AbortSignal) => Promise<Answer>
  ) {
    const answer = yield* send(subject.operation, timeout, run)
    return answer.response.ok ? answer : yield* refuse(answer, subject)
  })

  const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, operation: string) => {
    const decoder = Schema.decodeUnknownEffect(schema)
    return (data: unknown) =>
      decoder(data, { errors: "all" }).pipe(
        Effect.mapError(
          (error) =>
            new SandboxError({
              operation,
              reason: new MalformedAnswer({ detail: `wrong or missing: ${placesOf(error)}` })
            })
        )
      )
  }

  return { call, decode, refuse, send }
}

export type ControlCalls = ReturnType<typeof makeControlCalls>
