// The match test: the contract. What admission would decide for a job, step by step, without any job.
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { ReasoningCode, RefusalCode } from "../../domain/AdmissionReasoning.ts"
import { RepositoryName } from "../../domain/RepositoryName.ts"
import { BadRequest, Unavailable } from "./ApiErrors.ts"
import { Authorization, RequiredRole } from "./Authorization.ts"
import { sent, shown } from "./CatalogFields.ts"
import { SchemaErrors } from "./SchemaErrors.ts"
import { RunnerSpecView } from "./SpecsApi.ts"

export const ReasoningStepView = Schema.Struct({
  code: ReasoningCode.annotate({ description: "What the step established." }),
  message: Schema.String.annotate({ description: "The same in a sentence." }),
  runner_spec_name: Schema.NullOr(Schema.String).annotate({ description: "The spec it is about, if it is about one." }),
  runner_group_name: Schema.NullOr(Schema.String).annotate({ description: "The runner group it is about." }),
  policy_id: Schema.NullOr(Schema.Int).annotate({ description: "The policy it is about." })
}).annotate({ identifier: "ReasoningStep" })
export type ReasoningStepView = typeof ReasoningStepView.Type

const said = { repository_full_name: "`owner/repo` of the job.", labels: "What the job has in `runs-on`." }

const Repository = Schema.String.pipe(Schema.decodeTo(RepositoryName, SchemaTransformation.trim()))

const MatchQuestion = Schema.Struct({
  repository_full_name: sent(Repository, said.repository_full_name),
  labels: Schema.optionalKey(shown(Schema.Array(Schema.String), `${said.labels} Absent and empty are the same.`))
}).annotate({ identifier: "MatchQuestion" })

export const MatchAnswer = Schema.Struct({
  repository_full_name: shown(Schema.String, said.repository_full_name),
  labels: shown(Schema.Array(Schema.String), said.labels),
  runner_spec: Schema.NullOr(RunnerSpecView).annotate({ description: "The spec that would serve the job." }),
  reason: Schema.NullOr(RefusalCode).annotate({ description: "Why none would." }),
  message: Schema.NullOr(Schema.String).annotate({
    description: "The same in a sentence, with what could be changed."
  }),
  outcome: Schema.Literals(["admitted", "refused", "ignored"]).annotate({
    description:
      "`refused`: the job would become a failed request with that reason. `ignored`: it asks for nothing of ours, so it would only be remembered."
  }),
  reasoning: Schema.Array(ReasoningStepView).annotate({
    description: "Every step, from the allowlist over the policies to each spec in order of preference."
  })
}).annotate({ identifier: "MatchAnswer" })
export type MatchAnswer = typeof MatchAnswer.Type

export class MatchApi extends HttpApiGroup.make("runnerSpecMatch")
  .add(
    HttpApiEndpoint.post("match", "/runner_specs/match", {
      payload: MatchQuestion,
      success: MatchAnswer,
      error: [BadRequest, Unavailable]
    })
      .annotate(RequiredRole, "viewer")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Test which spec a job would get",
          description:
            "Which spec a job of this repository with these labels would get, and why: decided as for a webhook, and nothing is stored."
        })
      )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Match test", description: "What admission would decide." })) {}
