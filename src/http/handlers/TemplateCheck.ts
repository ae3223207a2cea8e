// Whether E2B can make sandboxes of a template, asked before a spec that names it is stored.
import * as Effect from "effect/Effect"
import { ofSandboxError } from "../../domain/Disposition.ts"
import type { SandboxError } from "../../domain/SandboxError.ts"
import { Sandboxes } from "../../services/sandbox/Sandboxes.ts"
import { BadGateway, BadRequest } from "../api/ApiErrors.ts"

const unusable = (error: string) =>
  new BadRequest({ error, code: "invalid_template", details: [{ field: "template_id", message: error }] })

/** What the caller is told when E2B does not answer with a template. */
export const refusalOf = (error: SandboxError): BadRequest | BadGateway => {
  const { message } = ofSandboxError(error)
  switch (error.reason._tag) {
    case "TemplateUnusable":
      return unusable(`template_id not found: ${message}`)
    // E2B refuses ids that cannot be any template's, such as ones with a slash.
    case "BadRequest":
      return unusable(`template_id not accepted: ${message}`)
    default:
      return new BadGateway({ error: `validate template_id: ${message}`, code: "upstream_failed" })
  }
}

/** Fails with what the caller is told when the template cannot be used, or E2B cannot be asked. */
export const checkTemplate = Effect.fnUntraced(function* (template: string) {
  const sandboxes = yield* Sandboxes
  const status = yield* Effect.mapError(sandboxes.templateStatus(template), refusalOf)
  if (!status.usable) return yield* unusable(`template_id has no usable build: ${status.detail}`)
})
