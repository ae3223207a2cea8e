// Who may call the management API: the contract of the bearer check, and the role that a route needs.
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import type { Actor, Role } from "../../domain/Actor.ts"
import { Forbidden, TooManyRequests, Unauthorized } from "./ApiErrors.ts"

/** Annotates an endpoint, or a group for all its endpoints, with the least role that may call it. */
export class RequiredRole extends Context.Service<RequiredRole, Role>()("runnerd/http/api/RequiredRole") {}

/** Annotates an endpoint that needs no token when the configuration says `metrics.public`. */
export const OpenWhenMetricsArePublic = Context.Reference<boolean>("runnerd/http/api/OpenWhenMetricsArePublic", {
  defaultValue: () => false
})

/** Who calls: for what is stored about an action. */
export class CurrentActor extends Context.Service<CurrentActor, Actor>()("runnerd/http/api/CurrentActor") {}

export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: CurrentActor }>()(
  "runnerd/http/api/Authorization",
  {
    requiredForClient: true,
    security: { bearer: HttpApiSecurity.bearer },
    error: [Unauthorized, Forbidden, TooManyRequests]
  }
) {}

/** The least role that may call an endpoint: what it says, or else its group; or else viewer to read, admin to change. */
export const requiredRole = (
  endpoint: Pick<HttpApiEndpoint.Top, "annotations" | "method">,
  group: Pick<HttpApiGroup.Top, "annotations">
): Role =>
  Context.getOption(endpoint.annotations, RequiredRole).pipe(
    Option.orElse(() => Context.getOption(group.annotations, RequiredRole)),
    Option.getOrElse(() => (endpoint.method === "GET" ? "viewer" : "admin"))
  )
