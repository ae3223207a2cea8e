// The whole management API, as the server serves it and the console calls it.
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { AuditApi } from "./AuditApi.ts"
import { DeliveriesApi } from "./DeliveriesApi.ts"
import { DryRunApi } from "./DryRunApi.ts"
import { ExplanationsApi } from "./ExplanationsApi.ts"
import { GroupsApi } from "./GroupsApi.ts"
import { MatchApi } from "./MatchApi.ts"
import { MetricsApi } from "./MetricsApi.ts"
import { OverviewApi } from "./OverviewApi.ts"
import { PoliciesApi } from "./PoliciesApi.ts"
import { RequestStreamsApi } from "./RequestStreamsApi.ts"
import { RequestsApi } from "./RequestsApi.ts"
import { withRoles } from "./RoleDescriptions.ts"
import { SpecsApi } from "./SpecsApi.ts"
import { SystemApi } from "./SystemApi.ts"

const groups = HttpApi.make("runnerd")
  .add(SystemApi)
  .add(MetricsApi)
  .add(OverviewApi)
  .add(RequestsApi)
  .add(ExplanationsApi)
  .add(RequestStreamsApi)
  .add(SpecsApi)
  .add(GroupsApi)
  .add(PoliciesApi)
  .add(MatchApi)
  .add(DryRunApi)
  .add(AuditApi)
  .add(DeliveriesApi)

export class Api extends groups
  // Of what is wrong the first is told: a list of half a million wrong elements would take seconds to tell.
  .annotate(HttpApi.ParseOptions, { errors: "first" })
  .annotateMerge(
    OpenApi.annotations({
      title: "runnerd",
      version: "1",
      description: "Turns queued GitHub Actions jobs into ephemeral runners in E2B sandboxes.",
      transform: withRoles(groups)
    })
  ) {}
