// Lists over a million finished requests while webhooks come in: a page and its total for each filter and order.
//
// Answers for: both databases, each filled first (GeneratedHistory.ts), the stores as runnerd composes them, and the delay
// of intake beside it; then what is asked over HTTP (OperatorView.ts).
import * as Effect from "effect/Effect"
import { everyRequest, newestFirst, type RequestFilter, type SortKey } from "../src/domain/RequestFilter.ts"
import { IntakeStore } from "../src/services/store/IntakeStore.ts"
import type { Delivery } from "../src/services/store/IntakeTypes.ts"
import { RequestSearch, type Search } from "../src/services/store/RequestSearch.ts"
import { ask } from "./OperatorView.ts"
import * as GeneratedHistory from "./GeneratedHistory.ts"
import { finished, onEachDatabase } from "./ServedStores.ts"
import { percentile, rounded, table } from "./Statistics.ts"

const until = Date.UTC(2026, 10, 1)
const rounds = 20
const deliveryEveryMillis = 20

const only = (filter: Partial<RequestFilter>): Partial<Search> => ({ filter: { ...everyRequest, ...filter } })
const by = (key: SortKey): Partial<Search> => ({ sort: { key, reversed: false } })

const searches: ReadonlyArray<readonly [string, Partial<Search>]> = [
  ["newest first", {}],
  ["oldest first", { sort: { ...newestFirst, reversed: true } }],
  ["changed first", by("updated_at")],
  ["finished first", by("finished_at")],
  ["by status", by("status")],
  ["page 101", { page: { limit: 100, offset: 10_000 } }],
  ["status failed", only({ statuses: ["failed"] })],
  ["status running", only({ statuses: ["running"] })],
  ["status failed, queued, running", only({ statuses: ["failed", "queued", "running"] })],
  ["a common repository", only({ repository: "acme/repository-0" })],
  ["a rare repository", only({ repository: "acme/repository-299" })],
  ["a spec", only({ specName: "spec-3" })],
  ["a workflow", only({ workflow: "workflow-7" })],
  ["a job", only({ job: "build-400" })],
  ["a reason", only({ failureReason: "reason_9" })],
  ["a day", only({ createdAfter: until - 2 * 86_400_000, createdBefore: until - 86_400_000 })],
  ["begins with 30000017 (id)", only({ prefix: "30000017" })],
  ["begins with 3 (all ids)", only({ prefix: "3" })],
  ["begins with i42 (sandbox)", only({ prefix: "i42" })],
  ["begins with build-3 (job)", only({ prefix: "build-3" })],
  ["begins with nothing there is", only({ prefix: "zzz" })],
  ["a common repository, failed", only({ repository: "acme/repository-0", statuses: ["failed"] })],
  ["a rare repository, changed first", { ...only({ repository: "acme/repository-299" }), ...by("updated_at") }],
  ["a workflow, a spec that never runs it", only({ workflow: "workflow-7", specName: "spec-3", statuses: ["failed"] })]
]

const delivery = (jobId: number): Delivery => ({
  guid: `bench-${jobId}`,
  event: "workflow_job",
  action: "queued",
  repository: "acme/repository-0",
  installationId: 1,
  body: "{}",
  path: "webhook",
  facts: {
    jobId,
    runId: jobId,
    runAttempt: 1,
    repository: "acme/repository-0",
    installationId: 1,
    name: "build-0",
    workflowName: "workflow-0",
    labels: ["ubuntu-latest"],
    url: null,
    headBranch: null,
    headSha: null,
    pullRequestNumber: null,
    status: "queued",
    conclusion: null,
    runnerName: null,
    runnerId: null,
    createdAt: null,
    startedAt: null,
    completedAt: null,
    observedAt: until
  },
  run: null,
  foreign: false,
  receivedAt: null
})

const timed = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const began = performance.now()
    const value = yield* work
    return { value, millis: performance.now() - began }
  })

const milliseconds = (values: ReadonlyArray<number>, share: number) => rounded(percentile(values, share), 1)

const measure = Effect.gen(function* () {
  const store = yield* RequestSearch
  const intake = yield* IntakeStore
  const filled = yield* timed(GeneratedHistory.make({ finished, active: 5_000, eventsPerRequest: 3, until }))
  console.log(`${rounded(finished)} finished requests, filled in ${rounded(filled.millis / 1000)} s.`)
  const delays: Array<number> = []
  let jobId = 90_000_000_000
  const oneDelivery = Effect.gen(function* () {
    yield* Effect.sleep(deliveryEveryMillis)
    jobId += 1
    delays.push((yield* timed(intake.take(delivery(jobId)))).millis)
  })
  yield* Effect.forkScoped(Effect.forever(oneDelivery))
  const rows = yield* Effect.forEach(searches, ([name, asked]) =>
    Effect.gen(function* () {
      const { value } = yield* timed(store.search(asked))
      delays.length = 0
      const values: Array<number> = []
      for (let round = 0; round < rounds; round += 1) values.push((yield* timed(store.search(asked))).millis)
      const total = `${value.exact ? "" : "≥ "}${rounded(value.total)}`
      return [
        name,
        ...[0.5, 0.95].map((share) => milliseconds(values, share)),
        total,
        delays.length === 0 ? "" : milliseconds(delays, 1)
      ]
    })
  )
  console.log(table(["a page of 100 and its total", "p50 ms", "p95 ms", "total", "slowest delivery ms"], rows))
  yield* ask(delays)
})

export const lists = (): Promise<void> => onEachDatabase(measure)
