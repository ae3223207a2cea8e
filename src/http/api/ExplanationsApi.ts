// Why a request is where it is: the contract.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { ExplanationCode } from "../../domain/Explanation.ts"
import { RequestStatus, Stage } from "../../domain/RunnerRequest.ts"
import { NotFound, Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { ReasoningStepView } from "./MatchApi.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const Time = Schema.NullOr(Schema.String.annotate({ format: "date-time", description: "RFC 3339, UTC." }))

export const ReasonView = Schema.Struct({
  code: ExplanationCode.annotate({ description: "What it is, for programs. Codes are never renamed." }),
  message: Schema.String.annotate({ description: "The same in a sentence." }),
  until: Time.annotate({ description: "When it ends, where that is known." })
}).annotate({ identifier: "Reason" })

export const ExplanationView = Schema.Struct({
  id: Schema.String.annotate({ description: "The request's id." }),
  status: RequestStatus.annotate({ description: "The request's status at that moment." }),
  reasons: Schema.Array(ReasonView).annotate({
    description:
      "What it waits for, in the order in which it must pass, or how it ended. Never empty; the first is the one to show when there is room for one."
  }),
  place_in_line: Schema.NullOr(Schema.Int).annotate({
    description: "1: the next of its runner spec; null unless it waits and may be provisioned now."
  }),
  next_actor: Schema.Literals(["nobody", "owner", "any node"]).annotate({
    description: "Who acts on it next: the node that holds it, any node with room, or nobody because it is over."
  }),
  acts_by: Time.annotate({
    description: "By when the owner acts at the latest; from when on any node may. Null when nobody does."
  }),
  acts_because: Schema.NullOr(Schema.String).annotate({ description: "What the next actor does, or waits for." }),
  attempts: Schema.Int.annotate({ description: "Attempts spent; deferrals spend none." }),
  max_attempts: Schema.Int.annotate({ description: "worker.retry_max_attempts" }),
  last_attempt_at: Time.annotate({ description: "When the last attempt began." }),
  last_error_stage: Schema.NullOr(Stage).annotate({ description: "What was being done when the last attempt failed." }),
  last_error_code: Schema.NullOr(Schema.String).annotate({ description: "Why the last attempt failed." }),
  last_error_message: Schema.NullOr(Schema.String).annotate({ description: "The same in a sentence." }),
  next_attempt_at: Time.annotate({ description: "Before this no attempt begins." }),
  reasoning: Schema.NullOr(Schema.Array(ReasoningStepView)).annotate({
    description:
      "For a refused request: how the job matches today's specs, groups and policies, step by step. Null for all others."
  })
}).annotate({ identifier: "Explanation" })
export type ExplanationView = typeof ExplanationView.Type

export class ExplanationsApi extends HttpApiGroup.make("explanations")
  .add(
    HttpApiEndpoint.get("get", "/runner_requests/:id/explanation", {
      params: { id: Schema.String.annotate({ description: "The request's id." }) },
      success: ExplanationView,
      error: [NotFound, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Why a request is where it is",
        description:
          "Why the request is where it is: which limit holds it, its place in line, what it waits for and until when; why its job was refused; how it ended. Told by the rules that decide."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Explanations", description: "Why a request waits, or ended." })) {}
