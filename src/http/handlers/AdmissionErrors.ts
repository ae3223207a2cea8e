// What a caller is told when admission refuses what was asked for by hand.
import type { Refused } from "../../domain/Admission.ts"
import { BadRequest, Forbidden } from "../api/ApiErrors.ts"

const refused = (field: string, code: "no_matching_spec" | "unknown_reference", sentence: string, message: string) =>
  new BadRequest({ error: `${sentence}: ${message}`, code, details: [{ field, message }] })

/** 403 outside the allowlist, else 400; the sentence begins with the original's words. */
export const refusalError = ({ code, message }: Refused): BadRequest | Forbidden => {
  switch (code) {
    case "repository_not_allowed":
      return new Forbidden({
        error: "repository is not allowed",
        code: "repository_not_allowed",
        details: [{ field: "repository_full_name", message }]
      })
    case "spec_not_found":
      return refused("runner_spec_name", "unknown_reference", "runner spec not found", message)
    case "spec_disabled":
    case "spec_not_allowed":
      return refused("runner_spec_name", "no_matching_spec", "runner spec not allowed", message)
    case "no_labels":
      return refused("labels", "no_matching_spec", "labels are required without runner_spec_name", message)
    case "spec_labels_not_matched":
      return refused("labels", "no_matching_spec", "no matching runner spec", message)
  }
}
