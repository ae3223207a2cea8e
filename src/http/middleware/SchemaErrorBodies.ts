// Turns a request that does not fit its contract into 400 with a sentence that names the field.
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { BadRequest } from "../api/ApiErrors.ts"
import { SchemaErrors } from "../api/SchemaErrors.ts"

const maxLength = 1000

export const layer = HttpApiMiddleware.layerSchemaErrorTransform(SchemaErrors, (error) =>
  Effect.fail(
    new BadRequest({
      error: `${error.kind.toLowerCase()}: ${error.cause.message.slice(0, maxLength)}`,
      code: "invalid_request"
    })
  )
)
