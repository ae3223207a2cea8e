// What the match test asks.
import { queryOptions } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"

export const matchQuery = (repository: string, labels: ReadonlyArray<string>) =>
  queryOptions({
    queryKey: ["match", repository, labels],
    queryFn: ({ signal }) =>
      call("POST /runner_specs/match", { payload: { repository_full_name: repository, labels }, signal })
  })
