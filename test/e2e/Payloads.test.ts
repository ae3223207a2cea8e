// What the running process answers to deliveries, and what it keeps of them: payloads that GitHub really sent, and the
// edge cases of intake.
import examples from "@octokit/webhooks-examples"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { labels, openWorld, type World } from "../support/World.ts"
import { count, rows } from "../support/WorldDatabase.ts"
import { deliver, jobPayload, sign } from "../support/WorldDeliveries.ts"

// The package's types describe another entry than the one that Node resolves.
const published = examples as unknown as ReadonlyArray<{ name: string; examples: ReadonlyArray<unknown> }>
const real = (event: string) => published.find((example) => example.name === event)?.examples ?? []

const ignored = { status: "ignored" }
const megabyte = 1024 * 1024

describe("deliveries to the running process", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    world = await openWorld({
      installations: [
        { id: 902, owner: "acme", ownerType: "Organization", repositories: ["web"] },
        { id: 903, owner: "lineville", ownerType: "Organization", repositories: ["elastic-machines-testing"] }
      ],
      // Deliveries made by hand are of jobs that no GitHub has: their runners idle until the world closes.
      settings: {
        "worker.runner_idle_timeout_seconds": 300,
        "github.allowed_repositories": [
          "ACME/*",
          "octo-org/*",
          "Codertocat/*",
          "wolfy1339/*",
          "lineville/elastic-machines-testing"
        ]
      }
    })
    runnerd = await world.start()
    await world.addSpec(runnerd, { labels: ["self-hosted", "e2b", "k8s"] })
  })
  afterAll(() => world.close())

  const post = (payload: unknown, headers?: Record<string, string | null>) =>
    deliver(runnerd.url, "workflow_job", payload, headers)
  const requestsOf = (jobId: number) => rows(world.folder, "SELECT * FROM runner_requests WHERE job_id = ?", jobId)
  const factsOf = (jobId: number) => rows(world.folder, "SELECT * FROM workflow_jobs WHERE job_id = ?", jobId)
  const sandboxesOf = (jobId: number) => world.e2b.state("request_id").createsBy[String(jobId)] ?? 0

  it("GitHub's own 8 examples of workflow_job and 5 of workflow_run are answered 202 and cost nothing", async () => {
    assert.strictEqual(real("workflow_job").length, 8)
    assert.strictEqual(real("workflow_run").length, 5)
    for (const event of ["workflow_job", "workflow_run"]) {
      for (const payload of real(event)) {
        const answer = await deliver(runnerd.url, event, payload)
        // A run's jobs are listed later; no run of these examples is known here.
        const isListed = event === "workflow_run" && (payload as { action: string }).action !== "completed"
        assert.deepStrictEqual(answer, { status: 202, body: isListed ? { status: "accepted" } : ignored })
      }
    }
    assert.strictEqual(count(world.folder, "SELECT count(*) FROM runner_requests"), 0)
    assert.strictEqual(world.e2b.fleet.counts().creates, 0)
    assert.deepStrictEqual(
      rows(world.folder, "SELECT job_id, status FROM workflow_jobs ORDER BY job_id").map((row) => ({ ...row })),
      [
        { job_id: 289782451, status: "completed" },
        { job_id: 2832853555, status: "in_progress" },
        { job_id: 12877621891, status: "waiting" },
        { job_id: 14541957942, status: "in_progress" }
      ]
    )
  })

  it("E-15: the self-hosted job that waits for approval is held as a fact, though a spec fits it", () => {
    const [fact] = factsOf(12877621891)
    assert.strictEqual(fact?.["status"], "waiting")
    assert.strictEqual(fact?.["repository"], "lineville/elastic-machines-testing")
    assert.deepStrictEqual(requestsOf(12877621891), [])
    assert.strictEqual(sandboxesOf(12877621891), 0)
  })

  it("E-01: the same queued event twice gives 202 then 200, one row, one sandbox", async () => {
    const payload = jobPayload({ id: 101, labels })
    const first = await post(payload)
    const second = await post(payload)
    assert.strictEqual(first.status, 202)
    assert.strictEqual(second.status, 200)
    for (const { body } of [first, second]) {
      assert.propertyVal(body as object, "id", "101")
      assert.propertyVal(body as object, "runner_spec_name", "small")
    }
    assert.propertyVal(first.body as object, "status", "queued")
    await world.until("its runner listens", 60_000, () => requestsOf(101)[0]?.["ready_at"] !== null)
    assert.strictEqual((await post(payload)).status, 200)
    assert.strictEqual(requestsOf(101).length, 1)
    assert.strictEqual(sandboxesOf(101), 1)
  })

  it("E-01: the same event many times in one instant gives one row, one 202, and 200 for the rest", async () => {
    const payload = jobPayload({ id: 102, labels })
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await post(payload)).status))
    assert.deepStrictEqual(
      statuses.toSorted((a, b) => a - b),
      [...Array.from({ length: 19 }, () => 200), 202]
    )
    assert.strictEqual(requestsOf(102).length, 1)
  })

  it("E-04: `completed` and `in_progress` of a job nobody knows are ignored", async () => {
    for (const action of ["completed", "in_progress"]) {
      const payload = jobPayload({ id: 103, labels, action, runnerName: "somebody else's" })
      assert.deepStrictEqual(await post(payload), { status: 202, body: ignored })
    }
    assert.deepStrictEqual(requestsOf(103), [])
  })

  it("E-03: `completed` of a job without a runner ends its request", async () => {
    await post(jobPayload({ id: 104, labels }))
    await post(jobPayload({ id: 104, labels, action: "completed", conclusion: "cancelled" }))
    await world.until("it is completed", 60_000, () => requestsOf(104)[0]?.["status"] === "completed")
  })

  it("E-07: a repository outside the allowlist gives 202 and a failed row with the reason, no sandbox", async () => {
    const answer = await post(jobPayload({ id: 105, labels, repository: "evil/web" }))
    assert.strictEqual(answer.status, 202)
    assert.propertyVal(answer.body as object, "status", "failed")
    assert.propertyVal(answer.body as object, "failure_reason", "repository_not_allowed")
    const shown = await callApi<{ status: string; error: string }>(runnerd.url, "GET", "/runner_requests/105")
    assert.strictEqual(shown.status, "failed")
    assert.include(shown.error, "evil/web")
    assert.strictEqual(sandboxesOf(105), 0)
  })

  it("a self-hosted job that no spec fits gives 202 and a failed row; a hosted one is a fact only", async () => {
    const refused = await post(jobPayload({ id: 106, labels: ["self-hosted", "gpu"] }))
    assert.strictEqual(refused.status, 202)
    assert.propertyVal(refused.body as object, "status", "failed")
    assert.propertyVal(refused.body as object, "failure_stage", "admission")
    assert.deepStrictEqual(await post(jobPayload({ id: 107, labels: ["ubuntu-latest"] })), {
      status: 202,
      body: ignored
    })
    assert.strictEqual(factsOf(107).length, 1)
    assert.deepStrictEqual(requestsOf(107), [])
  })

  it("E-11: unknown events, unknown actions, ping and workflow_run completed are ignored", async () => {
    const url = runnerd.url
    for (const [event, payload] of [
      ["ping", { zen: "Keep it logically awesome.", hook_id: 1, hook: {} }],
      ["push", { ref: "refs/heads/main" }],
      ["not_an_event_yet", { action: "whatever" }],
      ["workflow_job", { ...jobPayload({ id: 108, labels }), action: "frobnicated" }],
      ["workflow_run", { action: "completed", repository: { full_name: "acme/web" }, workflow_run: { id: 9 } }]
    ] as const) {
      assert.deepStrictEqual(await deliver(url, event, payload), { status: 202, body: ignored })
    }
    assert.deepStrictEqual(factsOf(108), [])
  })

  it("E-11: a missing, malformed, wrong or outdated signature is 401, and nothing is stored", async () => {
    const payload = jobPayload({ id: 109, labels })
    const body = JSON.stringify(payload)
    for (const signature of [
      null,
      "",
      "sha256=",
      sign(body, "another secret"),
      sign(`${body} `),
      sign(body).replace("sha256=", "sha1="),
      sign(body).replace("sha256=", "")
    ]) {
      const answer = await post(payload, { "x-hub-signature-256": signature })
      assert.strictEqual(answer.status, 401, String(signature))
      assert.propertyVal(answer.body as object, "code", "invalid_signature")
    }
    assert.deepStrictEqual(factsOf(109), [])
  })

  it("E-14: a foreign runner that is named like ours is ignored", async () => {
    const payload = jobPayload({ id: 110, labels: ["other"], action: "in_progress", runnerName: "e2b-101" })
    assert.deepStrictEqual(await post(payload), { status: 202, body: ignored })
    assert.isNull(requestsOf(101)[0]?.["assigned_job_id"])
  })

  it("E-17: case differences in owner and repository matter nowhere", async () => {
    const answer = await post(jobPayload({ id: 111, labels, repository: "Acme/Web" }))
    assert.strictEqual(answer.status, 202)
    assert.notPropertyVal(answer.body as object, "status", "failed")
  })

  it("E-18: labels come as strings or as objects", async () => {
    const objects = [{ id: 1, name: "self-hosted", type: "read-only" }, { name: "E2B" }]
    const answer = await post(jobPayload({ id: 112, labels: objects }))
    assert.strictEqual(answer.status, 202)
    assert.propertyVal(answer.body as object, "runner_spec_name", "small")
  })

  it("E-22: 25 MiB are taken, a byte more is 413 and not 401", async () => {
    const padded = (bytes: number) => {
      const start = JSON.stringify({ ...jobPayload({ id: 113, labels: ["ubuntu-latest"] }), padding: "" }).slice(0, -2)
      return `${start}${"x".repeat(bytes - start.length - 2)}"}`
    }
    assert.strictEqual((await post(padded(25 * megabyte))).status, 202)
    assert.strictEqual(factsOf(113).length, 1)
    const answer = await post(padded(25 * megabyte + 1))
    assert.strictEqual(answer.status, 413)
    assert.propertyVal(answer.body as object, "code", "body_too_large")
  })

  it("what is signed but wrong is 400 and says which field", async () => {
    for (const [payload, field] of [
      [{ ...jobPayload({ id: 114, labels }), repository: { full_name: "no-slash" } }, "repository.full_name"],
      [{ ...jobPayload({ id: 114, labels }), workflow_job: { id: "114" } }, "workflow_job.id"],
      [jobPayload({ id: 114, labels: [7] }), "workflow_job.labels[0]"],
      ["{", "JSON"]
    ] as const) {
      const answer = await post(payload)
      assert.strictEqual(answer.status, 400)
      assert.include((answer.body as { error: string }).error, field)
    }
    const answer = await post(jobPayload({ id: 114, labels }), { "x-github-event": null })
    assert.strictEqual(answer.status, 400)
    assert.include((answer.body as { error: string }).error, "X-GitHub-Event")
    assert.deepStrictEqual(factsOf(114), [])
  })

  it("only what was admitted has cost a sandbox", () => {
    const admitted = new Set(["101", "102", "104", "111", "112"])
    const created = Object.keys(world.e2b.state("request_id").createsBy)
    assert.deepStrictEqual(
      created.filter((id) => !admitted.has(id)),
      []
    )
  })
})
