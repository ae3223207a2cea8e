// What is asked about runnerd itself; the overview's health asks the same.
import { queryOptions } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"

export const diagnosticsQuery = queryOptions({
  queryKey: ["diagnostics"],
  queryFn: ({ signal }) => call("GET /diagnostics", { signal }),
  refetchInterval: 5000
})
