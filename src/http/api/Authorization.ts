// Who may call the management API: the contract of the bearer check.
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import { Unauthorized } from "./ApiErrors.ts"

export class Authorization extends HttpApiMiddleware.Service<Authorization>()("runnerd/http/api/Authorization", {
  requiredForClient: true,
  security: { bearer: HttpApiSecurity.bearer },
  error: Unauthorized
}) {}
