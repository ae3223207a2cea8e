// Turns a request that does not fit its contract into 400 with a sentence that names the field.
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { BadRequest } from "../api/ApiErrors.ts"
import { SchemaErrors } from "../api/SchemaErrors.ts"

const maxLength = 1000

/** `labels[0]: what is expected` for each finding, out of the schema's own lines `what is expected` / `  at ["labels"][0]`. */
const oneLine = (message: string): string =>
  message
    .replaceAll(/([^\n]*)\n\s+at (\[.*\])/g, (_, what: string, path: string) => `${field(path)}: ${what}`)
    .replaceAll("\n", "; ")

const field = (path: string): string =>
  path.replaceAll(/\["([^"\]]*)"\]/g, (_, name: string) => `.${name}`).replace(/^\./, "")

export const layer = HttpApiMiddleware.layerSchemaErrorTransform(SchemaErrors, (error) =>
  Effect.fail(
    new BadRequest({
      error: oneLine(error.cause.message).slice(0, maxLength),
      code: "invalid_request"
    })
  )
)
