// What somebody writes who knows docs/openapi.json and nothing else: a client by openapi-typescript and openapi-fetch.
//
// Answers for: using what the types promise of each kind of operation; what it prints is judged by the test. The lines that
// expect an error are wrong uses: the program does not compile where one is allowed.
// Gotcha: it is compiled by the test beside the types made from the document, and by nobody else.
import createClient from "openapi-fetch"
import type { components, paths } from "./Runnerd.ts"

type ListedRequest = components["schemas"]["ListedRequest"]

const [, , baseUrl = "", token = ""] = process.argv

const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } })

const given = <A>({
  data,
  error
}: {
  readonly data?: A | undefined
  readonly error?: { readonly error: string } | undefined
}): A => {
  if (data === undefined) throw new Error(error?.error ?? "no answer")
  return data
}

const health = given(await client.GET("/healthz"))

const created = await client.POST("/runner_specs", {
  body: { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner", default_available: true }
})
const etag = created.response.headers.get("etag") ?? ""

const changed = await client.PATCH("/runner_specs/{name}", {
  params: { path: { name: "small" }, header: { "if-match": etag } },
  body: { max_concurrency: 3, runner_group: null }
})
const outdated = await client.PATCH("/runner_specs/{name}", {
  params: { path: { name: "small" }, header: { "if-match": etag } },
  body: { priority: 1 }
})

const match = given(
  await client.POST("/runner_specs/match", { body: { repository_full_name: "acme/web", labels: ["e2b"] } })
)

const asked = given(
  await client.POST("/runner_requests", {
    body: { id: "by-hand", repository_full_name: "acme/web", runner_spec_name: "small" }
  })
)

const page = await client.GET("/runner_requests", {
  params: { query: { status: ["queued"], limit: 10, offset: 0, sort: "created_at", order: "desc" } }
})
const listed: ReadonlyArray<ListedRequest> = given(page)

const stopped = given(
  await client.DELETE("/runner_requests/{id}", {
    params: { path: { id: "by-hand" }, query: { reason: "the program is done" } }
  })
)

const log = given(
  await client.GET("/runner_requests/{id}/logs/{name}", {
    params: { path: { id: "by-hand", name: "control.log" }, query: { tail: 1000 } },
    parseAs: "text"
  })
)

const missing = await client.GET("/runner_requests/{id}", { params: { path: { id: "nobody" } } })

// Never called: only compiled.
export const wrong = async () => {
  // @ts-expect-error there is no such address
  await client.GET("/runner_request")
  // @ts-expect-error a number
  await client.GET("/runner_requests", { params: { query: { limit: "ten" } } })
  // @ts-expect-error none of the statuses
  await client.GET("/runner_requests", { params: { query: { status: ["lost"] } } })
  // @ts-expect-error a spec needs labels and a template
  await client.POST("/runner_specs", { body: { name: "small" } })
  // @ts-expect-error a text is no list
  await client.POST("/runner_specs", { body: { name: "small", labels: "e2b", template_id: "runner" } })
  // @ts-expect-error a request has no such field
  return listed[0]?.profile_name
}

console.log(
  JSON.stringify({
    health: health.status,
    created: created.data?.max_concurrency,
    changed: changed.data?.max_concurrency,
    outdated: outdated.error?.code,
    matched: match.runner_spec?.name,
    asked: asked.status,
    total: page.response.headers.get("x-total-count"),
    waiting: listed.map(({ id, waiting }) => [id, waiting?.code]),
    stopped: stopped.stop_reason,
    log: log.includes("Asked to stop by"),
    missing: missing.error?.code
  })
)
