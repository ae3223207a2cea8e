// Who acts by the management API, and what each role may do.
//
// Answers for: the roles and their order. Not for tokens (services/config), nor for what a route needs
// (http/api/Authorization.ts).
import * as Schema from "effect/Schema"

/** From the least to the most: each may do what those before it may. */
export const roles = ["viewer", "operator", "admin"] as const

/** `viewer` reads, `operator` also acts on requests, `admin` also changes what requests are made of. */
export const Role = Schema.Literals(roles)
export type Role = typeof Role.Type

export const includes = (role: Role, required: Role): boolean => roles.indexOf(role) >= roles.indexOf(required)

export interface Actor {
  /** The token's name, as the audit trail has it. */
  readonly name: string
  readonly role: Role
}

/** Who acts by `admin.token`, the one token that the original had; no other token can have this name. */
export const admin: Actor = { name: "admin_api", role: "admin" }

/** Who calls what needs no token. */
export const anybody: Actor = { name: "anybody", role: "viewer" }
