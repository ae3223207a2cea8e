// Says in the description of the API which role each route needs: a sentence for people, `x-required-role` for programs.
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type { Role } from "../../domain/Actor.ts"
import { Authorization, requiredRole } from "./Authorization.ts"

interface Operation {
  readonly operationId: string
  readonly description?: string
  readonly "x-required-role"?: Role
}

/** By operation; those that anybody may call are not there. */
const rolesOf = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>
): ReadonlyMap<string, Role> => {
  const roles = new Map<string, Role>()
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, middleware }) => {
      const checks: ReadonlySet<unknown> = middleware
      if (!checks.has(Authorization)) return
      roles.set(`${group.identifier}.${endpoint.identifier}`, requiredRole(endpoint, group))
    }
  })
  return roles
}

const describe = (operation: Operation, role: Role | undefined): Operation =>
  role === undefined
    ? operation
    : {
        ...operation,
        description: `${operation.description ?? ""}\n\nNeeds the role ${role}.`.trim(),
        "x-required-role": role
      }

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))

/** For `OpenApi.Transform`. */
export const withRoles =
  <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  (description: Record<string, unknown>): Record<string, unknown> => {
    const roles = rolesOf(api)
    const paths = description["paths"] as Record<string, Record<string, Operation>>
    return {
      ...description,
      paths: mapValues(paths, (path) =>
        mapValues(path, (operation) => describe(operation, roles.get(operation.operationId)))
      )
    }
  }
