import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { delivery, jobPayload, manage, runPayload, story } from "../ServerFixture.ts"

interface Delivery {
  readonly id: number
  readonly guid: string
  readonly outcome: string
  readonly times_received: number
  readonly has_body: boolean
}

const spec = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner", default_available: true }
const list = (query = "") => manage("GET", `/webhook_deliveries${query}`)
const deliveriesOf = (query = "") => Effect.map(list(query), ({ json }) => json as ReadonlyArray<Delivery>)
const arrive = (guid: string, jobId: number) => delivery(jobPayload({ id: jobId }), { "x-github-delivery": guid })

describe("webhook deliveries", () => {
  story(
    "are listed newest first, with what became of each; one that came twice is one",
    Effect.gen(function* () {
      yield* arrive("guid-1", 101)
      yield* manage("POST", "/runner_specs", spec)
      yield* arrive("guid-2", 102)
      yield* arrive("guid-2", 102)
      yield* delivery(runPayload(), { "x-github-event": "workflow_run", "x-github-delivery": "guid-3" })
      const found = yield* deliveriesOf()
      assert.deepStrictEqual(
        found.map(({ guid, outcome, times_received: times }) => [guid, outcome, times]),
        [
          ["guid-3", "RunToCheck", 1],
          ["guid-2", "Existing", 2],
          ["guid-1", "Refused", 1]
        ]
      )
      assert.deepStrictEqual(
        (yield* deliveriesOf("?guid=guid-1")).map(({ guid }) => guid),
        ["guid-1"]
      )
    })
  )
  story(
    "the pages of a list follow each other by number, so that what arrives meanwhile moves none of them",
    Effect.gen(function* () {
      for (let index = 1; index <= 5; index++) yield* arrive(`guid-${index}`, 100 + index)
      const seen: Array<string> = []
      let next: string | undefined = "/webhook_deliveries?limit=2"
      while (next !== undefined) {
        const page: Effect.Success<ReturnType<typeof manage>> = yield* manage("GET", next)
        seen.push(...(page.json as ReadonlyArray<Delivery>).map(({ guid }) => guid))
        yield* arrive(`late-${seen.length}`, 200 + seen.length)
        next = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1]
      }
      assert.deepStrictEqual(seen, ["guid-5", "guid-4", "guid-3", "guid-2", "guid-1"])
    })
  )
  story(
    "are filtered by what the query says, and the next page keeps the filter",
    Effect.gen(function* () {
      for (let index = 1; index <= 3; index++) yield* arrive(`guid-${index}`, 100 + index)
      yield* delivery("{}", { "x-github-event": "ping", "x-github-delivery": "guid-ping" })
      const guids = (query: string) => Effect.map(deliveriesOf(query), (found) => found.map(({ guid }) => guid))
      assert.deepStrictEqual(yield* guids("?event=ping"), ["guid-ping"])
      assert.deepStrictEqual(yield* guids("?workflow_job_id=102"), ["guid-2"])
      assert.deepStrictEqual(yield* guids("?path=redelivery"), [])
      assert.deepStrictEqual(yield* guids("?repository=Acme/WEB&limit=1"), ["guid-3"])
      const { headers } = yield* list("?repository=Acme/WEB&limit=1")
      assert.match(headers.get("link") ?? "", /repository=Acme%2FWEB.*before=\d+.*rel="next"/)
      for (const wrong of ["path=reconcile", "workflow_job_id=x", "workflow_job_id=0"]) {
        assert.strictEqual((yield* list(`?${wrong}`)).status, 400, wrong)
      }
    })
  )
  story(
    "one has what its payload says of its job, as long as that is kept",
    Effect.gen(function* () {
      yield* arrive("guid-1", 101)
      const [first] = yield* deliveriesOf()
      const one = manage("GET", `/webhook_deliveries/${first?.id}`)
      const answer = (yield* one).json as { guid: string; job: Record<string, unknown> | null }
      assert.strictEqual(answer.guid, "guid-1")
      assert.deepInclude(answer.job, {
        name: "build",
        status: "queued",
        labels: ["self-hosted", "e2b"],
        workflow_run_id: 11,
        created_at: "2026-01-01T00:00:00.000Z",
        started_at: null
      })
      yield* SqlClient.SqlClient.use((sql) => sql`UPDATE webhook_deliveries SET body = NULL`)
      assert.deepInclude((yield* one).json, { guid: "guid-1", has_body: false, job: null })
      assert.strictEqual((yield* manage("GET", "/webhook_deliveries/404")).status, 404)
    })
  )
  story(
    "a replay decides by today's specs, and stores nothing",
    Effect.gen(function* () {
      yield* arrive("guid-1", 101)
      const [first] = yield* deliveriesOf()
      const replay = Effect.map(
        manage("GET", `/webhook_deliveries/${first?.id}/replay`),
        ({ json }) => json as { admission: { outcome: string; runner_spec: { name: string } | null } }
      )
      assert.strictEqual((yield* replay).admission.outcome, "refused")
      yield* manage("POST", "/runner_specs", spec)
      assert.strictEqual((yield* replay).admission.runner_spec?.name, "small")
      const { json } = yield* manage("GET", "/runner_requests/101")
      assert.deepInclude(json, { status: "failed" })
    })
  )
  story(
    "a replay says so when there is no such delivery, and when its payload is kept no more",
    Effect.gen(function* () {
      yield* arrive("guid-1", 101)
      yield* SqlClient.SqlClient.use((sql) => sql`UPDATE webhook_deliveries SET body = NULL`)
      const [first] = yield* deliveriesOf()
      assert.isFalse(first?.has_body)
      const gone = yield* manage("GET", `/webhook_deliveries/${first?.id}/replay`)
      assert.strictEqual(gone.status, 409)
      assert.deepInclude(gone.json, { code: "payload_gone" })
      assert.strictEqual((yield* manage("GET", "/webhook_deliveries/404/replay")).status, 404)
      assert.strictEqual((yield* manage("GET", "/webhook_deliveries/x/replay")).status, 400)
    })
  )
})
