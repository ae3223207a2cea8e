// What the match test and the dry run ask of the catalogue.
import { queryOptions } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"

export const specsQuery = queryOptions({
  queryKey: ["runner_specs", "all"],
  queryFn: ({ signal }) => call("GET /runner_specs", { signal })
})

export const groupsQuery = queryOptions({
  queryKey: ["runner_groups", "all"],
  queryFn: ({ signal }) => call("GET /runner_groups", { signal })
})

export const policiesQuery = queryOptions({
  queryKey: ["runner_policies", "all"],
  queryFn: ({ signal }) => call("GET /runner_policies", { signal })
})

export const matchQuery = (repository: string, labels: ReadonlyArray<string>) =>
  queryOptions({
    queryKey: ["match", repository, labels],
    queryFn: ({ signal }) =>
      call("POST /runner_specs/match", { payload: { repository_full_name: repository, labels }, signal })
  })
