// What the overview asks for, and how often. All of it stops while nobody looks at the page.
import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"

const day = 86_400_000

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => call("GET /overview", { signal }),
  refetchInterval: 3000
})

export const jobTimesQuery = (hours: number) =>
  queryOptions({
    queryKey: ["overview", "job_times", hours],
    queryFn: ({ signal }) => call("GET /overview/job_times", { query: { hours }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000
  })

export const waitingQuery = queryOptions({
  queryKey: ["requests", "waiting longest"],
  queryFn: ({ signal }) => call("GET /runner_requests", { query: { waiting: "true", order: "asc", limit: 5 }, signal }),
  refetchInterval: 5000
})

/** With the time from which on they are counted, so that a link can lead to the same ones. */
export const failuresQuery = queryOptions({
  queryKey: ["requests", "newest failures"],
  queryFn: async ({ signal }) => {
    const since = new Date(Date.now() - day).toISOString()
    const query = { status: ["failed"], finished_after: since, sort: "finished_at", limit: 5 } as const
    const { body, headers } = await call("GET /runner_requests", { query, signal })
    const atLeast = headers.get("x-total-count-exact") === "false"
    return { since, failures: body, total: Number(headers.get("x-total-count")), atLeast }
  },
  refetchInterval: 5000
})
