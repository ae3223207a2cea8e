// The dry run: what a change of a spec, a group or a policy would do to the jobs that came lately.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { RefusalCode } from "../../domain/AdmissionReasoning.ts"
import { BadRequest, Unavailable } from "./ApiErrors.ts"
import { Authorization, RequiredRole } from "./Authorization.ts"
import { Name, sent, shown } from "./CatalogFields.ts"
import { PatchRunnerGroup } from "./GroupsApi.ts"
import { CreateRepositoryPolicy } from "./PoliciesApi.ts"
import { SchemaErrors } from "./SchemaErrors.ts"
import { PatchRunnerSpec } from "./SpecsApi.ts"

/** Jobs that are looked at, the newest of the time that is asked for. */
export const mostJobs = 20_000

const DryRun = Schema.Struct({
  hours: Schema.optionalKey(
    shown(
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 720 }, { expected: "1 to 720 hours" })),
      "How far back jobs are looked at, in hours; default 24."
    )
  ),
  runner_spec: Schema.optionalKey(
    Schema.Struct({
      ...PatchRunnerSpec.fields,
      name: sent(Name, "Which spec; a new one if there is none of this name, and then labels are needed."),
      deleted: Schema.optionalKey(shown(Schema.Boolean, "As if the spec were deleted."))
    })
  ).annotateKey({ description: "As if this spec were changed so, created or deleted." }),
  runner_group: Schema.optionalKey(
    Schema.Struct({
      ...PatchRunnerGroup.fields,
      name: sent(Name, "Which group; a new one if there is none of this name."),
      deleted: Schema.optionalKey(shown(Schema.Boolean, "As if the group were deleted."))
    })
  ).annotateKey({ description: "As if this group were changed so, created or deleted." }),
  new_policy: Schema.optionalKey(CreateRepositoryPolicy).annotateKey({
    description: "As if there were this policy, too."
  }),
  without_policy: Schema.optionalKey(shown(Schema.Int, "As if the policy of this number were deleted."))
}).annotate({ identifier: "DryRun" })

const Decision = Schema.Struct({
  outcome: shown(
    Schema.Literals(["admitted", "refused", "ignored"]),
    "`ignored`: the job asks for nothing of ours, so it is only remembered."
  ),
  runner_spec_name: shown(Schema.NullOr(Schema.String), "The spec that serves the job."),
  reason: shown(Schema.NullOr(RefusalCode), "Why none does."),
  message: shown(Schema.NullOr(Schema.String), "The same in a sentence.")
}).annotate({ identifier: "DryRunDecision" })

export const DryRunAnswer = Schema.Struct({
  hours: shown(Schema.Int, "How far back jobs were looked at."),
  jobs: shown(Schema.Int, `How many jobs were looked at: of those hours, at most the newest ${mostJobs}.`),
  changed_jobs: shown(Schema.Int, "How many of them would be decided otherwise."),
  changes: shown(
    Schema.Array(
      Schema.Struct({
        repository_full_name: shown(Schema.String, "The jobs' repository."),
        labels: shown(Schema.Array(Schema.String), "What they have in `runs-on`."),
        jobs: shown(Schema.Int, "How many there were."),
        before: Decision.annotateKey({ description: "What is decided of them now." }),
        after: Decision.annotateKey({ description: "What would be decided." })
      })
    ),
    "What would be decided otherwise, those with most jobs first, at most 200."
  )
}).annotate({ identifier: "DryRunAnswer" })
export type DryRunAnswer = typeof DryRunAnswer.Type

export class DryRunApi extends HttpApiGroup.make("dryRun")
  .add(
    HttpApiEndpoint.post("run", "/runner_specs/dry_run", {
      payload: DryRun,
      success: DryRunAnswer,
      error: [BadRequest, Unavailable]
    })
      .annotate(RequiredRole, "viewer")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Try a change on the jobs that came lately",
          description:
            "Which of the jobs that came lately would be matched otherwise after a change of a spec or a group, or with one policy more or less. Stores nothing; the template is not asked about."
        })
      )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Dry run", description: "A change, tried on the jobs that came lately." })
  ) {}
