// The whole management API, as the server serves it and the console calls it.
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { AuditApi } from "./AuditApi.ts"
import { DeliveriesApi } from "./DeliveriesApi.ts"
import { asReadersExpect } from "./Description.ts"
import { DiagnosticsApi } from "./DiagnosticsApi.ts"
import { DoctorApi } from "./DoctorApi.ts"
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
import { TemplatesApi } from "./TemplatesApi.ts"

const groups = HttpApi.make("runnerd")
  .add(SystemApi)
  .add(MetricsApi)
  .add(DiagnosticsApi)
  .add(DoctorApi)
  .add(OverviewApi)
  .add(RequestsApi)
  .add(ExplanationsApi)
  .add(RequestStreamsApi)
  .add(SpecsApi)
  .add(TemplatesApi)
  .add(GroupsApi)
  .add(PoliciesApi)
  .add(MatchApi)
  .add(DryRunApi)
  .add(AuditApi)
  .add(DeliveriesApi)

const description = `Turns queued GitHub Actions jobs into ephemeral runners in E2B sandboxes.

Errors are \`{"error": sentence, "code": stable code}\`, with \`details\` where single fields are at fault. Fields of a body and parameters that a route does not know are ignored; answers may gain fields. Times are RFC 3339 in UTC, what is absent is null. An address without a route is answered 404, an address longer than 6 KiB 414, a method that it does not know 405 with \`Allow\`.`

export class Api extends groups
  // Of what is wrong the first is told: a list of half a million wrong elements would take seconds to tell.
  .annotate(HttpApi.ParseOptions, { errors: "first" })
  .annotateMerge(
    OpenApi.annotations({
      title: "runnerd",
      version: "1",
      description,
      transform: (document) => asReadersExpect(withRoles(groups)(document))
    })
  ) {}
