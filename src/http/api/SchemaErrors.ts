// What a caller is told when parameters or a body do not fit the contract: 400 with what is wrong.
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { BadRequest } from "./ApiErrors.ts"

export class SchemaErrors extends HttpApiMiddleware.Service<SchemaErrors>()("runnerd/http/api/SchemaErrors", {
  error: BadRequest
}) {}
