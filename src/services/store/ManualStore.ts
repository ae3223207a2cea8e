// Requests that an operator makes by hand: no job caused them.
//
// Answers for: admission, the row, its record and the wake-up, in one transaction. From then on such a request counts and
// lives like any other; GitHub gives its runner whichever job fits, and without one it idles out.
// Gotcha: the same id again is no error, so that a caller who got no answer may ask again.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { admit, admitExplicit, type Refused } from "../../domain/Admission.ts"
import { poolKey } from "../../domain/Pool.ts"
import { askedFor } from "../../domain/RequestTrace.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { RunnerSpec } from "../../domain/RunnerSpec.ts"
import { Metrics } from "../telemetry/Metrics.ts"
import { newTraces } from "../telemetry/NewTrace.ts"
import { countRequest } from "../telemetry/RequestMetrics.ts"
import { Traces } from "../telemetry/Traces.ts"
import { Wakeup } from "../Wakeup.ts"
import { AuditStore } from "./AuditStore.ts"
import { CatalogStore } from "./CatalogStore.ts"
import { exclusively } from "./Dialect.ts"
import { queuedRequest, withTrace } from "./NewRequest.ts"
import { randomId } from "./RandomId.ts"
import { requestState } from "./RequestAudit.ts"
import { decodeRequests, insertColumns } from "./RequestRow.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"
import { giveTurns } from "./Turns.ts"

/** What is asked for: a spec by name, or by labels, or both. */
export interface ManualInput {
  /** Absent: a random one. */
  readonly id?: string | undefined
  readonly repository: string
  readonly specName?: string | undefined
  readonly labels: ReadonlyArray<string>
}

export type ManualAnswer =
  | { readonly _tag: "Created"; readonly request: RunnerRequest }
  /** There was a manual request of that id, and it stays as it is. */
  | { readonly _tag: "Existing"; readonly request: RunnerRequest }
  /** A job's request has that id. */
  | { readonly _tag: "Taken" }
  | { readonly _tag: "Refused"; readonly refusal: Refused }

const randomIdLength = 32

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const catalogStore = yield* CatalogStore
  const audit = yield* AuditStore
  const wakeup = yield* Wakeup
  const metrics = yield* Metrics
  const traces = yield* Traces

  const insert = Effect.fnUntraced(function* (id: string, input: ManualInput, spec: RunnerSpec, by: string) {
    const now = yield* clock.now
    const request: RunnerRequest = {
      ...queuedRequest({
        id,
        jobId: null,
        repository: input.repository,
        specName: spec.name,
        pool: poolKey(input.repository, spec),
        requestedLabels: input.labels.length === 0 ? spec.labels : input.labels,
        labels: spec.labels,
        runnerGroup: spec.runnerGroup,
        traceContext: (yield* newTraces)(),
        queuedAt: now
      }),
      source: "manual_api"
    }
    const [turn = 0] = yield* giveTurns(sql, [request])
    yield* sql`INSERT INTO runner_requests ${sql.insert(insertColumns(request, turn, undefined))}`
    const message = withTrace(`Asked for by ${by}; runner spec ${spec.name} serves it.`, request)
    yield* sql`INSERT INTO request_events ${sql.insert({ requestId: id, at: now, code: "queued", message })}`
    yield* audit.append({
      actor: by,
      action: "runner.create",
      resourceId: id,
      before: null,
      after: requestState(request)
    })
    yield* sql.afterCommit(
      Effect.sync(() => {
        countRequest(metrics, request)
        if (traces.enabled) traces.tell(askedFor(request, "asked for by hand", by, now))
      })
    )
    yield* sql.afterCommit(wakeup.notify({ requestIds: [], newRequests: true }))
    return request
  })

  const create = Effect.fnUntraced(function* (input: ManualInput, by: string) {
    const catalog = yield* catalogStore.current
    const { labels, repository, specName } = input
    const admission =
      specName === undefined
        ? admit({ repository, labels, catalog })
        : admitExplicit({ repository, specName, labels, catalog })
    if (admission._tag === "Refused") return { _tag: "Refused", refusal: admission } satisfies ManualAnswer
    const id = input.id ?? (yield* randomId(randomIdLength))
    const [known] = yield* sql`SELECT * FROM runner_requests WHERE id = ${id}`.pipe(Effect.flatMap(decodeRequests))
    if (known !== undefined) {
      const answer: ManualAnswer =
        known.source === "manual_api" ? { _tag: "Existing", request: known } : { _tag: "Taken" }
      return answer
    }
    return { _tag: "Created", request: yield* insert(id, input, admission.spec, by) } satisfies ManualAnswer
  })

  return ManualStore.of({
    create: Effect.fn("ManualStore.create")(create, exclusively(sql), asStoreError("createManually"))
  })
})

export class ManualStore extends Context.Service<
  ManualStore,
  {
    /** Durable when it returns. `by`: who asks, the actor of the audit event. */
    readonly create: (input: ManualInput, by: string) => Effect.Effect<ManualAnswer, StoreError>
  }
>()("runnerd/services/store/ManualStore") {
  static readonly layer = Layer.effect(ManualStore, make)
}
