// A look at the whole installation: the contract.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { CheckName, FindingStatus } from "../../domain/Finding.ts"
import { Authorization } from "./Authorization.ts"
import { shown } from "./CatalogFields.ts"

const FindingView = Schema.Struct({
  check: shown(CheckName, "What was looked at: docs/operations.md tells of each."),
  status: shown(FindingStatus, "`ok`; `warn`: works now, or perhaps; `fail`: something does not work."),
  message: shown(Schema.String, "What was found, in a sentence."),
  advice: shown(Schema.NullOr(Schema.String), "What to do about it; null: nothing.")
}).annotate({ identifier: "Finding" })

export const DiagnosisView = Schema.Struct({
  status: shown(FindingStatus, "The worst of the findings."),
  findings: shown(Schema.Array(FindingView), "Each check has one or more; checks come in a fixed order.")
}).annotate({ identifier: "Diagnosis" })

export class DoctorApi extends HttpApiGroup.make("doctor")
  .add(
    HttpApiEndpoint.get("diagnose", "/diagnostics/doctor", { success: DiagnosisView }).annotateMerge(
      OpenApi.annotations({
        summary: "Look at the whole installation",
        description:
          "What `runnerd doctor` tells: whether GitHub, its webhooks, E2B, the templates, the clock, the database and the disk are as runnerd needs them. Asks all of them, so it may take up to half a minute; who asks again within ten seconds gets the same answer. Changes nothing."
      })
    )
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Doctor", description: "Whether all that runnerd needs is there." })) {}
