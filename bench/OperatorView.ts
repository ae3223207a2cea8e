// What an operator and Prometheus ask of a server that has a long history: over HTTP, as it is answered to them.
//
// Answers for: the list with its waiting reasons, explanations, the overview and `/metrics`. Not for the searches themselves
// (Lists.ts). Gotcha: the gauges of `/metrics` are a second old at most, so that each scrape waits for them to be read anew.
import * as Effect from "effect/Effect"
import { RequestSearch } from "../src/services/store/RequestSearch.ts"
import { everyRequest } from "../src/domain/RequestFilter.ts"
import { servedUrl, token } from "./ServedStores.ts"
import { percentile, rounded, table } from "./Statistics.ts"

/** How often a question is asked, and how often before that: what is asked for all day has been compiled. */
const usual = { rounds: 100, warmUp: 20 }
const paused = { rounds: 30, warmUp: 5 }
const gaugesLastMillis = 1_050

/** The newest queued one, the oldest one, one at work and one that is over. */
const someRequests = Effect.gen(function* () {
  const search = yield* RequestSearch
  const first = Effect.fnUntraced(function* (status: "queued" | "running" | "failed", reversed: boolean) {
    const { requests } = yield* search.search({
      filter: { ...everyRequest, statuses: [status] },
      sort: { key: "created_at", reversed },
      page: { limit: 1, offset: 0 }
    })
    return requests[0]?.id ?? ""
  })
  return {
    last: yield* first("queued", true),
    next: yield* first("queued", false),
    running: yield* first("running", true),
    failed: yield* first("failed", true)
  }
})

interface Question {
  readonly name: string
  readonly path: string
  readonly pauseMillis?: number
}

/** `delays`: what deliveries took that came in meanwhile; emptied for each question. */
export const ask = Effect.fnUntraced(function* (delays: Array<number>) {
  const url = yield* servedUrl
  const { failed, last, next, running } = yield* someRequests
  const explanation = (name: string, id: string) => ({ name, path: `/runner_requests/${id}/explanation` })
  const questions: ReadonlyArray<Question> = [
    { name: "/metrics", path: "/metrics", pauseMillis: gaugesLastMillis },
    { name: "/overview", path: "/overview", pauseMillis: gaugesLastMillis },
    explanation("explanation: last in line", last),
    explanation("explanation: next in line", next),
    explanation("explanation: at work", running),
    explanation("explanation: over", failed),
    { name: "100 requests, all unfinished, why they wait", path: "/runner_requests?limit=100" },
    { name: "100 requests that are over", path: "/runner_requests?limit=100&status=failed" }
  ]
  const rows = yield* Effect.forEach(questions, ({ name, path, pauseMillis = 0 }) =>
    Effect.gen(function* () {
      delays.length = 0
      const values: Array<number> = []
      const { rounds, warmUp } = pauseMillis > 0 ? paused : usual
      for (let round = -warmUp; round < rounds; round += 1) {
        yield* Effect.sleep(pauseMillis)
        const began = performance.now()
        const status = yield* Effect.promise(async () => {
          const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
          await answer.arrayBuffer()
          return answer.status
        })
        if (status !== 200) return yield* Effect.die(`${path} was answered ${status}`)
        if (round >= 0) values.push(performance.now() - began)
      }
      const slowest = delays.length === 0 ? "" : rounded(Math.max(...delays), 1)
      return [name, ...[0.5, 0.95].map((share) => rounded(percentile(values, share), 1)), slowest]
    })
  )
  console.log(`\n${table(["over HTTP", "p50 ms", "p95 ms", "slowest delivery ms"], rows)}`)
})
