// Requests that an attacker, a broken proxy or a fuzzer might send to the webhook's door, as data.
//
// Gotcha: part of them is signed correctly, so what is stored of those is legitimate; their jobs ask for a label that no
// spec has.
import * as fc from "fast-check"
import { jobPayload, sign } from "../support/WorldDeliveries.ts"

const hostile = "hostile"

export interface Attack {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | null>>
  readonly body: string | Buffer
  readonly signature: "right" | "wrong" | "sha1" | "missing" | "garbage" | "other body"
}

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth)

const hugeNumber = fc.constantFrom("1e999", "-1e999", "9007199254740993", "1".repeat(400), "-0", "0.1e-400")
const oddText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udfff\ud800",
    "__proto__",
    "x".repeat(100_000),
    "'; DROP TABLE nodes; --"
  )
)
const anything = fc.oneof(
  oddText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(oddText, { maxLength: 3 })
)

const jobFields = [
  "id",
  "run_id",
  "run_attempt",
  "name",
  "labels",
  "html_url",
  "status",
  "conclusion",
  "runner_name",
  "runner_id",
  "created_at",
  "started_at",
  "completed_at",
  "pull_requests",
  "head_sha"
]

/** A workflow_job with up to three of its fields replaced by something else. */
const bentJob = fc
  .record({
    id: fc.integer({ min: 1, max: 1_000_000 }),
    action: fc.constantFrom("queued", "in_progress", "completed", "waiting", "frobnicated"),
    bends: fc.array(
      fc.tuple(
        fc
          .constantFrom("action", "repository", "repository.full_name", "workflow_job", "installation")
          .map((key) => key),
        anything
      ),
      { maxLength: 1 }
    ),
    jobBends: fc.array(fc.tuple(fc.constantFrom(...jobFields), anything), { minLength: 1, maxLength: 3 })
  })
  .map(({ action, bends, id, jobBends }) => {
    const payload = jobPayload({ id, action, labels: [hostile], name: hostile }) as Record<string, unknown>
    Object.assign(payload["workflow_job"] as object, Object.fromEntries(jobBends))
    for (const [key, value] of bends) {
      if (key === "repository.full_name") payload["repository"] = { full_name: value }
      else payload[key] = value
    }
    return JSON.stringify(payload)
  })

const body: fc.Arbitrary<string | Buffer> = fc.oneof(
  { weight: 6, arbitrary: bentJob },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 2, arbitrary: fc.tuple(bentJob, fc.nat(400)).map(([text, end]) => text.slice(0, end)) },
  { weight: 1, arbitrary: fc.constantFrom(10, 1000, 20_000).map((depth) => nested(depth, "[", "]")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(10, 1000, 20_000).map((depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)
  },
  {
    weight: 2,
    arbitrary: hugeNumber.map(
      (number) =>
        `{"action":"queued","repository":{"full_name":"a/b"},"workflow_job":{"id":${number},"labels":["${hostile}"]}}`
    )
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("\\u0000", "\\ud800", "\\udc00\\ud800")
      .map(
        (escape) =>
          `{"action":"queued","repository":{"full_name":"a/b"},"workflow_job":{"id":77,"name":"${escape}","labels":["${hostile}","${escape}"]}}`
      )
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "null", "[]", "0", '"', "{}", "\ufeff{}") }
)

export const attack: fc.Arbitrary<Attack> = fc.record({
  method: fc.oneof(
    { weight: 18, arbitrary: fc.constant("POST") },
    fc.constantFrom("GET", "PUT", "DELETE", "PATCH", "OPTIONS")
  ),
  path: fc.oneof(
    { weight: 18, arbitrary: fc.constant("/webhooks/github") },
    fc.constantFrom(
      "/webhooks/github/",
      "/webhooks",
      "/webhooks/github/../../etc/passwd",
      "/webhooks/%00",
      "/%ff",
      "/webhooks/github?a=%zz"
    )
  ),
  headers: fc.record({
    "x-github-event": fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("workflow_job", "workflow_run") },
      fc.constantFrom(null, "", "ping", "WORKFLOW_JOB", "x".repeat(5000), "__proto__", "constructor")
    ),
    "x-github-delivery": fc.oneof(
      { weight: 4, arbitrary: fc.constant("unique") },
      fc.constantFrom(null, "", "not a guid", "x".repeat(8000), "'; DROP TABLE nodes; --", "\u00ff\u00fe")
    ),
    "content-type": fc.oneof(
      { weight: 4, arbitrary: fc.constant("application/json") },
      fc.constantFrom(
        null,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        ";;;",
        "application/json; charset=utf-16"
      )
    ),
    "content-encoding": fc.oneof(
      { weight: 12, arbitrary: fc.constant(null) },
      fc.constantFrom("gzip", "br", "nonsense")
    ),
    "x-forwarded-for": fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, fc.constant("1.1.1.1, ".repeat(500)))
  }),
  body,
  signature: fc.oneof(
    { weight: 5, arbitrary: fc.constant("right" as const) },
    fc.constantFrom("wrong" as const, "sha1" as const, "missing" as const, "garbage" as const, "other body" as const)
  )
})

export const signatureOf = (kind: Attack["signature"], text: string | Buffer): string | null => {
  switch (kind) {
    case "right":
      return sign(text)
    case "wrong":
      return sign(text, "guess")
    case "sha1":
      return sign(text).replace("sha256=", "sha1=")
    case "missing":
      return null
    case "garbage":
      return "sha256=zz"
    case "other body":
      return sign("{}x")
  }
}
