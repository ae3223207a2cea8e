// Specs, groups and policies, as they are stored. The lists come whole: they are what an operator has written.
import { queryOptions } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"

const refetchInterval = 10_000

export const specsQuery = queryOptions({
  queryKey: ["specs"],
  queryFn: async ({ signal }) => (await call("GET /runner_specs", { signal })).body,
  refetchInterval
})

export const groupsQuery = queryOptions({
  queryKey: ["groups"],
  queryFn: async ({ signal }) => (await call("GET /runner_groups", { signal })).body,
  refetchInterval
})

export const policiesQuery = queryOptions({
  queryKey: ["policies"],
  queryFn: async ({ signal }) => (await call("GET /runner_policies", { signal })).body,
  refetchInterval
})

export const specQuery = (name: string) =>
  queryOptions({
    queryKey: ["specs", name],
    queryFn: ({ signal }) => call("GET /runner_specs/:name", { params: { name }, signal }),
    refetchInterval
  })

export const groupQuery = (name: string) =>
  queryOptions({
    queryKey: ["groups", name],
    queryFn: ({ signal }) => call("GET /runner_groups/:name", { params: { name }, signal }),
    refetchInterval
  })

export const policyQuery = (id: string) =>
  queryOptions({
    queryKey: ["policies", id],
    queryFn: ({ signal }) => call("GET /runner_policies/:id", { params: { id }, signal }),
    refetchInterval
  })

/** Not asked again by itself: each time E2B is called. */
export const templateQuery = (template: string) =>
  queryOptions({
    queryKey: ["templates", template],
    queryFn: async ({ signal }) =>
      (await call("GET /sandbox_templates/:template", { params: { template }, signal })).body,
    staleTime: 30_000
  })

/** The newest of the audit trail about one of them; undefined: none is recorded. */
export const lastChangeQuery = (type: "runner_spec" | "runner_group" | "repository_policy", id: string) =>
  queryOptions({
    queryKey: ["audit", "last", type, id],
    queryFn: async ({ signal }) => {
      const query = { resource_type: type, resource_id: id, limit: 1 }
      return (await call("GET /audit-events", { query, signal })).body[0] ?? null
    },
    // Asked again wherever it is shown anew, as over a conflict.
    staleTime: 0
  })
