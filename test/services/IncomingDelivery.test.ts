import { assert, describe, it } from "@effect/vitest"
import type { WebhookEvent } from "../../src/services/github/WebhookPayload.ts"
import { deliveryOf, type IntakeRules } from "../../src/services/IncomingDelivery.ts"
import { makeJob } from "../domain/RequestArbitrary.ts"

const rules: IntakeRules = { installation: null, allowedRepositories: [], runDelayMillis: 5000 }

const runEvent = (repository: string, action: "requested" | "in_progress" | "completed" = "requested") =>
  ({
    _tag: "WorkflowRun",
    action,
    repository,
    runId: 9,
    runAttempt: 1,
    installationId: 7,
    name: "ci",
    status: "queued",
    conclusion: null,
    headBranch: "main",
    headSha: "abc",
    pullRequestNumber: null,
    createdAt: 500,
    updatedAt: 500
  }) satisfies WebhookEvent

const taken = (event: WebhookEvent, over: Partial<IntakeRules> = {}) => {
  const incoming = { event, name: "x", guid: "guid-1", body: "{}", path: "webhook", receivedAt: null } as const
  return deliveryOf(incoming, { ...rules, ...over })
}

describe("a workflow_run", () => {
  it("has its jobs listed when it begins, after the configured pause, and not when it is over", () => {
    for (const action of ["requested", "in_progress"] as const) {
      assert.deepStrictEqual(taken(runEvent("acme/web", action)).run, { runId: 9, delayMillis: 5000 })
    }
    assert.isNull(taken(runEvent("acme/web", "completed")).run)
  })
  it("of a repository outside the allowlist is noted, and GitHub is not asked about it", () => {
    const allowed = { allowedRepositories: ["Acme/*"] }
    assert.isNotNull(taken(runEvent("acme/web"), allowed).run)
    const other = taken(runEvent("others/web"), allowed)
    assert.deepInclude(other, { run: null, repository: "others/web", foreign: false })
  })
})

describe("an event of another installation than the configured one", () => {
  it("is set apart without its body, whatever it is about", () => {
    const facts = makeJob({ installationId: 7 })
    for (const event of [
      runEvent("acme/web"),
      { _tag: "WorkflowJob", action: "queued", facts } satisfies WebhookEvent
    ]) {
      const foreign = taken(event, { installation: 8 })
      assert.deepInclude(foreign, { foreign: true, body: null, facts: null, run: null, repository: "acme/web" })
      assert.isFalse(taken(event, { installation: 7 }).foreign)
    }
  })
  it("is none when the payload names no installation, as hooks of repositories and organisations do", () => {
    const facts = makeJob({ installationId: null })
    assert.isFalse(taken({ _tag: "WorkflowJob", action: "queued", facts }, { installation: 8 }).foreign)
  })
})
