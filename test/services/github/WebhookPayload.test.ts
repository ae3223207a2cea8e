import { assert, describe, it } from "@effect/vitest"
import examples from "@octokit/webhooks-examples"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { JobFacts } from "../../../src/domain/WorkflowJob.ts"
import {
  decodeWebhook,
  decodeWorkflowJobEvent,
  decodeWorkflowRunEvent,
  type WebhookEvent
} from "../../../src/services/github/WebhookPayload.ts"

// The package's types describe another entry than the one that Node resolves.
const published = examples as unknown as ReadonlyArray<{ name: string; examples: ReadonlyArray<unknown> }>
const real = (event: string): ReadonlyArray<unknown> => {
  const found = published.find((example) => example.name === event)
  assert.isDefined(found)
  return found?.examples ?? []
}

const job = (fields: object = {}, top: object = {}): object => ({
  action: "queued",
  repository: { full_name: "acme/web" },
  workflow_job: { id: 1, ...fields },
  ...top
})
const factsOf = (payload: unknown): JobFacts => {
  const event = Result.getOrThrow(decodeWorkflowJobEvent(payload))
  assert.strictEqual(event._tag, "WorkflowJob")
  return event._tag === "WorkflowJob" ? event.facts : assert.fail()
}
const problem = (payload: unknown): string => {
  const result = decodeWorkflowJobEvent(payload)
  return Result.isFailure(result) ? result.failure.message : "none"
}
const read = (event: string, body: string): WebhookEvent => Result.getOrThrow(decodeWebhook(event, body))

describe("payloads that GitHub really sent", () => {
  it("are all understood: 8 of workflow_job with the job's own status, 5 of workflow_run", () => {
    const statuses = real("workflow_job").map((payload) => factsOf(payload).status)
    assert.deepStrictEqual(statuses, [
      "in_progress",
      "completed",
      "completed",
      "in_progress",
      "in_progress",
      "queued",
      "waiting",
      "waiting"
    ])
    const runs = real("workflow_run").map((payload) => read("workflow_run", JSON.stringify(payload)))
    assert.deepStrictEqual(
      runs.map((run) => [run._tag, run.action]),
      [
        ["WorkflowRun", "completed"],
        ["WorkflowRun", "completed"],
        ["WorkflowRun", "completed"],
        ["WorkflowRun", "requested"],
        ["WorkflowRun", "requested"]
      ]
    )
  })
  it("E-15 a queued action whose job waits for approval is a waiting job, with everything else that is known", () => {
    assert.deepStrictEqual(factsOf(real("workflow_job")[6]), {
      jobId: 12877621891,
      runId: 4747967848,
      runAttempt: 1,
      repository: "lineville/elastic-machines-testing",
      installationId: 23154469,
      name: "test",
      workflowName: "Env Test",
      labels: ["self-hosted", "k8s"],
      url: "https://github.com/lineville/elastic-machines-testing/actions/runs/4747967848/jobs/8433573014",
      headBranch: "main",
      headSha: "16c5286e8d9a0629956a28938386b36608707a71",
      pullRequestNumber: null,
      status: "waiting",
      conclusion: null,
      runnerName: null,
      runnerId: null,
      createdAt: Date.parse("2023-04-19T21:12:12Z"),
      startedAt: null,
      completedAt: null,
      observedAt: Date.parse("2023-04-19T21:12:12Z")
    })
  })
  it("of 2021 lack attempt, branch and creation time, and are dated by what they have", () => {
    const facts = factsOf(real("workflow_job")[0])
    assert.deepStrictEqual(
      [facts.runAttempt, facts.headBranch, facts.createdAt, facts.installationId],
      [null, null, null, null]
    )
    assert.strictEqual(facts.observedAt, Date.parse("2021-06-15T19:22:27Z"))
    assert.strictEqual(facts.runnerName, "my runner")
  })
  it("name the pull request of a run", () => {
    const runs = real("workflow_run").map((payload) => Result.getOrThrow(decodeWorkflowRunEvent(payload)))
    assert.deepStrictEqual(
      runs.map((run) => run._tag === "WorkflowRun" && run.pullRequestNumber),
      [null, null, 2, null, null]
    )
  })
})

describe("labels", () => {
  it("E-18 come as strings or as objects with a name, blank ones dropped", () => {
    const labels = ["gpu", { id: 3, name: "Linux" }, "", { name: "  " }]
    assert.deepStrictEqual(factsOf(job({ labels })).labels, ["gpu", "Linux"])
  })
  it("may be absent, null or none", () => {
    for (const fields of [{}, { labels: null }, { labels: [] }]) assert.deepStrictEqual(factsOf(job(fields)).labels, [])
  })
})

describe("status", () => {
  it("is the job's, and the action's only where the job has none", () => {
    assert.strictEqual(factsOf(job({ status: "in_progress" })).status, "in_progress")
    assert.strictEqual(factsOf(job({}, { action: "completed" })).status, "completed")
    assert.strictEqual(factsOf(job({ status: null }, { action: "waiting" })).status, "waiting")
  })
  it("or an action or event that is unknown makes the payload one to ignore", () => {
    const ignored = (payload: unknown) => Result.getOrThrow(decodeWorkflowJobEvent(payload))
    assert.deepStrictEqual(ignored(job({ status: "blocked" })), { _tag: "Ignored", action: "queued", reason: "status" })
    assert.deepStrictEqual(ignored({ action: "renamed" }), { _tag: "Ignored", action: "renamed", reason: "action" })
    assert.deepStrictEqual(read("workflow_run", '{"action":"archived"}'), {
      _tag: "Ignored",
      action: "archived",
      reason: "action"
    })
    assert.deepStrictEqual(read("ping", "not even JSON"), { _tag: "Ignored", action: null, reason: "event" })
  })
  it("queued shows no runner and no start, which GitHub fills in for hosted jobs", () => {
    const facts = factsOf(real("workflow_job")[5])
    assert.deepStrictEqual(
      [facts.status, facts.runnerName, facts.runnerId, facts.startedAt],
      ["queued", null, null, null]
    )
  })
})

describe("times", () => {
  it("date an approved job by its later start, and treat the zero time as absent", () => {
    const facts = factsOf(job({ created_at: "2026-01-01T00:00:00Z", started_at: "2026-01-01T01:00:00+00:00" }))
    assert.strictEqual(facts.observedAt, Date.parse("2026-01-01T01:00:00Z"))
    const zero = factsOf(job({ status: "completed", completed_at: "0001-01-01T00:00:00Z" }))
    assert.deepStrictEqual([zero.completedAt, zero.observedAt], [null, 0])
  })
})

describe("a payload that cannot be used", () => {
  it("is refused with the field that is wrong and what is expected there", () => {
    const tooMany = Array.from({ length: 257 }, () => "a")
    const cases: ReadonlyArray<readonly [unknown, string]> = [
      [null, "body: expected object"],
      [[], "body: expected object"],
      ["text", "body: expected object"],
      [{}, "action: expected a value, but it is missing"],
      [{ action: 1 }, "action: expected string"],
      [{ action: "queued" }, "repository: expected a value, but it is missing"],
      [
        job({}, { repository: { full_name: "acme" } }),
        "repository.full_name: expected a repository name like owner/repo"
      ],
      [
        job({}, { repository: { full_name: "a/.." } }),
        "repository.full_name: expected a repository name like owner/repo"
      ],
      [job({}, { workflow_job: [] }), "workflow_job: expected object"],
      [job({ id: undefined }), "workflow_job.id: expected number"],
      [job({ id: 0 }), "workflow_job.id: expected a positive integer below 2^53"],
      [job({ id: -1 }), "workflow_job.id: expected a positive integer below 2^53"],
      [job({ id: 1.5 }), "workflow_job.id: expected a positive integer below 2^53"],
      [job({ id: 2 ** 53 }), "workflow_job.id: expected a positive integer below 2^53"],
      [job({ id: "1" }), "workflow_job.id: expected number"],
      [job({ run_id: 0 }), "workflow_job.run_id: expected a positive integer below 2^53"],
      [job({}, { installation: { id: 0 } }), "installation.id: expected a positive integer below 2^53"],
      [job({ runner_id: -1 }), "workflow_job.runner_id: expected an integer from 0, below 2^53"],
      [job({ name: 3 }), "workflow_job.name: expected string | null"],
      [job({ name: "a\0b" }), "workflow_job.name: expected text of at most 1024 characters without NUL"],
      [
        job({ head_branch: "x".repeat(1025) }),
        "workflow_job.head_branch: expected text of at most 1024 characters without NUL"
      ],
      [job({ labels: "gpu" }), "workflow_job.labels: expected array | null"],
      [job({ labels: tooMany }), "workflow_job.labels: expected at most 256 labels"],
      [job({ labels: ["a", 1] }), "workflow_job.labels[1]: expected text, or an object with a name"],
      [job({ labels: [{}] }), "workflow_job.labels[0]: expected text, or an object with a name"],
      [
        job({ labels: ["x".repeat(257)] }),
        "workflow_job.labels[0]: expected text of at most 256 characters without NUL"
      ],
      [
        job({ labels: [{ name: "\0" }] }),
        "workflow_job.labels[0]: expected text of at most 256 characters without NUL"
      ],
      [job({ created_at: "yesterday" }), "workflow_job.created_at: expected a time like 2026-01-31T12:00:00Z"],
      [
        job({ created_at: "2026-13-01T00:00:00Z" }),
        "workflow_job.created_at: expected a time like 2026-01-31T12:00:00Z"
      ]
    ]
    for (const [payload, message] of cases) assert.strictEqual(problem(payload), message)
  })
  it("is refused without a word of its contents, however large it is", () => {
    const secret = "hunter2"
    for (const payload of [
      job({ name: secret.repeat(100_000) }),
      job({ status: [secret] }),
      job({ labels: [[secret]] })
    ]) {
      const message = problem(payload)
      assert.notInclude(message, secret)
      assert.isBelow(message.length, 200)
    }
    const broken = decodeWebhook("workflow_job", `{"a":"${secret}`)
    assert.strictEqual(Result.isFailure(broken) && broken.failure.message, "body: expected valid JSON")
  })
  it("is refused, not fatal, when it is nested a million deep or carries names of Object.prototype", () => {
    assert.isTrue(Result.isFailure(decodeWebhook("workflow_job", "[".repeat(1_000_000))))
    const nested = `{"action":"queued","workflow_job":${'{"a":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}}`
    assert.isTrue(Result.isFailure(decodeWebhook("workflow_job", nested)))
    const proto = '{"__proto__":{"action":"queued"},"constructor":1}'
    assert.isTrue(Result.isFailure(decodeWebhook("workflow_job", proto)))
  })
  it("never makes the reader throw, and what it accepts keeps to the schema of facts without NUL", () => {
    const isFacts = Schema.is(JobFacts)
    const mutated = fc
      .tuple(
        fc.constantFrom(...real("workflow_job")),
        fc.array(
          fc.tuple(
            fc.constantFrom(
              "id",
              "run_id",
              "name",
              "labels",
              "status",
              "created_at",
              "runner_id",
              "runner_name",
              "head_sha"
            ),
            fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.double(), fc.constant("\0"))
          ),
          { maxLength: 3 }
        )
      )
      .map(([payload, changes]) => {
        const { workflow_job, ...rest } = payload as { workflow_job: object }
        return { ...rest, workflow_job: { ...workflow_job, ...Object.fromEntries(changes) } }
      })
    fc.assert(
      fc.property(mutated, (payload) => {
        const result = decodeWebhook("workflow_job", JSON.stringify(payload))
        if (Result.isFailure(result) || result.success._tag !== "WorkflowJob") return
        assert.isTrue(isFacts(result.success.facts))
        assert.notInclude(JSON.stringify(result.success.facts), "\\u0000")
      }),
      { numRuns: 2000 }
    )
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        decodeWorkflowJobEvent(payload)
        decodeWorkflowRunEvent(payload)
      })
    )
  })
})
