// What is asked about one request; again and again while somebody looks.
import { queryOptions } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"

const often = 2000

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ["requests", id],
    queryFn: ({ signal }) => call("GET /runner_requests/:id", { params: { id }, signal }),
    refetchInterval: often
  })

export const explanationQuery = (id: string) =>
  queryOptions({
    queryKey: ["requests", id, "explanation"],
    queryFn: ({ signal }) => call("GET /runner_requests/:id/explanation", { params: { id }, signal }),
    refetchInterval: often
  })

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ["requests", id, "events"],
    queryFn: ({ signal }) => call("GET /runner_requests/:id/events", { params: { id }, signal }),
    refetchInterval: often
  })
