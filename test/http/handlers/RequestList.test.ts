import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { amend, deliver, saveSpec } from "../../support/StoreScenes.ts"
import { manage, story } from "../ServerFixture.ts"

const list = (query: string) => manage("GET", `/runner_requests?${query}`)
const ids = (query: string) =>
  Effect.map(list(query), ({ json }) => (json as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id))

interface Reason {
  readonly code: string
  readonly message: string
}

/** Four requests: a queued one, a running one, a failed one, and one of another repository and workflow. */
const scene = Effect.gen(function* () {
  yield* saveSpec()
  yield* saveSpec({ name: "large", labels: ["self-hosted", "large"] })
  yield* deliver({ jobId: 101, name: "Build (linux)", workflowName: "CI" })
  yield* deliver({ jobId: 102, name: "test", workflowName: "CI" })
  yield* deliver({ jobId: 103, name: "test", workflowName: "CI" })
  yield* deliver({ jobId: 204, name: "deploy", workflowName: "Release", repository: "acme/api", labels: ["large"] })
  yield* amend("101", { queuedAt: Date.UTC(2026, 0, 1) })
  yield* amend("102", {
    status: "running",
    runnerName: "e2b-tag-102-1",
    sandboxId: "iabc",
    queuedAt: Date.UTC(2026, 0, 2)
  })
  yield* amend("103", {
    status: "failed",
    failureReason: "timeout",
    failedAt: Date.UTC(2026, 0, 4),
    queuedAt: Date.UTC(2026, 0, 3)
  })
  yield* amend("204", { queuedAt: Date.UTC(2026, 0, 4) })
})

describe("the list of requests", () => {
  const filters: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["", ["204", "103", "102", "101"]],
    ["status=failed", ["103"]],
    ["status=failed&status=running", ["103", "102"]],
    ["waiting=true", ["204", "101"]],
    ["waiting=false", ["204", "103", "102", "101"]],
    ["waiting=true&status=failed", []],
    ["repository=ACME%2Fapi", ["204"]],
    ["spec=large", ["204"]],
    ["workflow=ci", ["103", "102", "101"]],
    ["job=TEST", ["103", "102"]],
    ["failure_reason=timeout", ["103"]],
    ["q=build%20(", ["101"]],
    ["q=10", ["103", "102", "101"]],
    ["q=E2B-tag", ["102"]],
    ["q=iab", ["102"]],
    ["q=%25", []],
    ["created_after=2026-01-02T00:00:00Z&created_before=2026-01-04T00:00:00Z", ["103", "102"]],
    ["finished_after=2026-01-03T12:00:00Z", ["103"]],
    ["finished_after=2026-01-04T00:00:00Z&finished_before=2026-01-04T00:00:01Z&status=failed", ["103"]],
    ["finished_before=2026-01-04T00:00:00Z", []],
    ["workflow=ci&status=running&q=i", ["102"]],
    ["sort=created_at&order=asc", ["101", "102", "103", "204"]],
    ["sort=status", ["103", "204", "101", "102"]],
    ["sort=status&order=desc", ["102", "101", "204", "103"]],
    ["sort=finished_at", ["103"]]
  ]
  story(
    "is filtered and sorted by the server",
    Effect.gen(function* () {
      yield* scene
      for (const [query, expected] of filters) assert.deepStrictEqual(yield* ids(query), expected, query)
    })
  )
  story(
    "links to the next page with all that was asked for, and says whether its total is exact",
    Effect.gen(function* () {
      yield* scene
      const page = yield* list("workflow=ci&status=failed&status=running&limit=1&sort=created_at&q=1")
      assert.strictEqual(page.headers.get("x-total-count"), "2")
      assert.strictEqual(page.headers.get("x-total-count-exact"), "true")
      const next = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ?? ""
      const followed = yield* manage("GET", next)
      assert.deepStrictEqual(
        (followed.json as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id),
        ["102"]
      )
      assert.match(followed.headers.get("link") ?? "", /rel="prev"/)
      assert.strictEqual((yield* list("total=exact&limit=1")).headers.get("x-total-count"), "4")
    })
  )
  story(
    "says of each that waits the first reason of its explanation, and nothing of what works or is over",
    Effect.gen(function* () {
      yield* scene
      yield* deliver({ jobId: 105 })
      yield* amend("105", { dueAt: Date.UTC(2100, 0, 1), lastErrorClass: "deferred", lastErrorMessage: "E2B is full" })
      yield* deliver({ jobId: 106 })
      yield* amend("106", { status: "running", assignedJobId: 106, assignedJobName: "build" })
      const { json } = yield* list("")
      const rows = json as ReadonlyArray<{ readonly id: string; readonly waiting: Reason | null }>
      assert.deepStrictEqual(Object.fromEntries(rows.map(({ id, waiting }) => [id, waiting?.code])), {
        "101": "no_node",
        "102": "runner_starting",
        "103": undefined,
        "105": "deferred",
        "106": undefined,
        "204": "no_node"
      })
      for (const { id, waiting } of rows) {
        const explanation = (yield* manage("GET", `/runner_requests/${id}/explanation`)).json
        const [first] = (explanation as { readonly reasons: ReadonlyArray<Reason> }).reasons
        // Of a due time that has passed the end is now, and now was earlier.
        if (waiting !== null) assert.deepStrictEqual({ ...waiting, until: "" }, { ...first, until: "" })
      }
    })
  )
  const wrong = [
    "status=gone",
    "waiting=maybe",
    "repository=",
    "q=",
    "q=a%01b",
    `q=${"x".repeat(300)}`,
    "created_after=yesterday",
    "created_before=-271821-04-20T00:00:00Z",
    "finished_after=soon",
    "sort=size",
    "order=up",
    "total=about"
  ]
  for (const query of wrong) {
    story(
      `?${query.slice(0, 60)} is 400 with the parameter's name`,
      Effect.gen(function* () {
        yield* scene
        const answer = yield* list(query)
        assert.strictEqual(answer.status, 400)
        assert.include(answer.text, `"field":"${query.split("=")[0]!}`)
      })
    )
  }
})
