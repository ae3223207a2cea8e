import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import { nextRunnerName, runnerName } from "../../src/domain/RunnerRequest.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import * as SandboxMetadata from "../../src/domain/SandboxMetadata.ts"
import { Leadership } from "../../src/fibers/Leadership.ts"
import { isOrphan, layer as sweeping, sweep } from "../../src/fibers/Sweeper.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { makeRequest } from "../domain/RequestArbitrary.ts"
import { requestOf } from "../support/StoreScenes.ts"
import { running, settle, story } from "./ActorFixture.ts"

const sandbox = { sandboxId: "sbx-1" }
const there = { sandboxMayExist: true }
const table = [
  ["no request", undefined, true],
  ["a completed one", makeRequest({ status: "completed", sandboxId: "sbx-1" }), true],
  ["a failed one", makeRequest({ status: "failed", sandboxId: "sbx-1" }), true],
  ["a queued one, whose next sandbox is not made yet", makeRequest({ status: "queued" }), true],
  ["a creating one that has not learnt its sandbox yet", makeRequest({ ...there, status: "creating" }), false],
  ["a creating one whose sandbox it is", makeRequest({ ...there, status: "creating", sandboxId: "sbx-1" }), false],
  ["a running one whose sandbox it is", makeRequest({ ...there, status: "running", sandboxId: "sbx-1" }), false],
  ["a running one with another sandbox", makeRequest({ ...there, status: "running", sandboxId: "sbx-2" }), true],
  ["a stopping one whose sandbox it is", makeRequest({ ...there, status: "stopping", sandboxId: "sbx-1" }), false],
  ["a stopping one that looks for its sandbox", makeRequest({ ...there, status: "stopping" }), false],
  ["a stopping one that had none when it looked, because E2B made it later", makeRequest({ status: "stopping" }), true],
  ["a stopping one whose sandbox was removed", makeRequest({ status: "stopping", sandboxId: "sbx-1" }), true]
] as const

describe("whether nothing stands behind a sandbox", () => {
  it.each(table)("%s", (_what, request, orphan) => {
    assert.strictEqual(isOrphan(sandbox, request), orphan)
  })
})

/** A sandbox at E2B that carries this metadata. */
const leave = (metadata: Record<string, string>) =>
  Sandboxes.use((sandboxes) => sandboxes.create({ template: "runner", timeoutSeconds: 60, metadata }))

describe("the sweep", () => {
  story(
    "removes what no request stands behind, and neither a live runner nor anything without our mark (E-38, E-88)",
    (outside) =>
      Effect.gen(function* () {
        const { id } = yield* Instance
        yield* running
        yield* leave(SandboxMetadata.ofRequest(id, "101"))
        yield* leave(SandboxMetadata.ofRequest(id, "no such request"))
        yield* leave(SandboxMetadata.ofInstance(id))
        const foreign = yield* leave(SandboxMetadata.ofRequest("other", "101"))
        const bare = yield* leave({})
        assert.strictEqual(yield* sweep(), 3)
        const { sandboxId } = yield* requestOf("101")
        assert.sameMembers([...outside.sandboxes.keys()], [sandboxId!, foreign.sandboxId, bare.sandboxId])
        assert.strictEqual(yield* sweep(), 0)
      })
  )
  story("one sandbox that cannot be killed does not keep the others alive (E-87)", (outside) =>
    Effect.gen(function* () {
      const { id } = yield* Instance
      for (const request of ["1", "2", "3"]) yield* leave(SandboxMetadata.ofRequest(id, request))
      outside.failNext("kill", new SandboxError.Unavailable({ status: 502, detail: "" }))
      assert.strictEqual(yield* sweep(), 2)
      assert.strictEqual(outside.sandboxes.size, 1)
      assert.strictEqual(yield* sweep(), 1)
    })
  )
  // As after a restore: the backup knows nothing of what was claimed later.
  story("a sandbox whose runner works on a job is left until the job is over, and GitHub is asked once", (outside) =>
    Effect.gen(function* () {
      const { id, tag } = yield* Instance
      const claim = { attempt: 1, repository: "acme/web", runnerGroup: null }
      const claims = ["busy", "renamed", "idle", "never registered"].map((id, fence) => ({ ...claim, id, fence }))
      for (const one of claims) yield* leave(SandboxMetadata.ofClaim(id, one))
      const [busy, renamed, idle] = claims.map((one) => runnerName(tag, one.id, one.fence))
      outside.runners.set(busy!, { id: 1, busy: true })
      outside.runners.set(nextRunnerName(renamed!), { id: 2, busy: true })
      outside.runners.set(idle!, { id: 3, busy: false })
      const left = () => [...outside.sandboxes.values()].map(({ metadata }) => SandboxMetadata.requestId(metadata))
      assert.strictEqual(yield* sweep(), 2)
      assert.deepStrictEqual(left(), ["busy", "renamed"])
      const registered = [...outside.runners.values()].map((runner) => runner.id)
      assert.sameMembers(registered, [1, 2], "the idle one cannot take a job any more")
      assert.strictEqual(outside.callsOf("listRunners").length, 1)
      outside.runners.delete(busy!)
      assert.strictEqual(yield* sweep(), 1)
      assert.deepStrictEqual(left(), ["renamed"])
    })
  )
  story("a runner that takes a job after the look keeps its sandbox: GitHub does not give it up", (outside) =>
    Effect.gen(function* () {
      const { id, tag } = yield* Instance
      const claim = { id: "1", attempt: 1, fence: 1, repository: "acme/web", runnerGroup: null }
      yield* leave(SandboxMetadata.ofClaim(id, claim))
      outside.runners.set(runnerName(tag, "1", 1), { id: 1, busy: false })
      outside.failNextAtGitHub("deleteRunner", new GitHubError.RunnerBusy({ detail: "" }))
      assert.strictEqual(yield* sweep(), 0)
      assert.strictEqual(yield* sweep(), 1)
    })
  )
  story("of several targets one that cannot be asked keeps none of the others, an organisation's, alive", (outside) =>
    Effect.gen(function* () {
      const { id } = yield* Instance
      const claim = { id: "1", attempt: 1, fence: 1, repository: "acme/web", runnerGroup: null }
      yield* leave(SandboxMetadata.ofClaim(id, claim))
      const other = yield* leave(SandboxMetadata.ofClaim(id, { ...claim, id: "2", runnerGroup: "gpu" }))
      outside.failNextAtGitHub("listRunners", new GitHubError.Unavailable({ status: 502, detail: "" }))
      assert.strictEqual(yield* sweep(), 1)
      assert.notInclude([...outside.sandboxes.keys()], other.sandboxId)
      assert.strictEqual(yield* sweep(), 1)
    })
  )
  story(
    "while GitHub does not say whether the runner works, its sandbox is left; out of reach, it is removed",
    (outside) =>
      Effect.gen(function* () {
        const { id } = yield* Instance
        const claim = { id: "1", attempt: 1, fence: 1, repository: "acme/web", runnerGroup: null }
        yield* leave(SandboxMetadata.ofClaim(id, claim))
        yield* leave(SandboxMetadata.ofInstance(id))
        outside.failNextAtGitHub("listRunners", new GitHubError.Unavailable({ status: 502, detail: "" }))
        assert.strictEqual(yield* sweep(), 1)
        assert.strictEqual(outside.sandboxes.size, 1)
        outside.failNextAtGitHub("listRunners", new GitHubError.NotFound({ detail: "" }))
        assert.strictEqual(yield* sweep(), 1)
      })
  )
  story("is repeated every minute, also after a failure and after a mistake in the program", (outside) =>
    Effect.gen(function* () {
      const { id } = yield* Instance
      let lists = 0
      yield* Layer.build(Layer.provide(sweeping, Leadership.layerTest)).pipe(
        Effect.updateService(Sandboxes, (sandboxes) => ({
          ...sandboxes,
          list: (metadata) =>
            Effect.suspend(() => {
              lists += 1
              return lists === 2 ? Effect.die(new Error("a mistake")) : sandboxes.list(metadata)
            })
        }))
      )
      yield* settle
      outside.failNext("list", new SandboxError.Unavailable({ status: 502, detail: "" }))
      for (let minutes = 0; minutes < 2; minutes += 1) {
        yield* TestClock.adjust("1 minute")
        yield* settle
      }
      assert.strictEqual(lists, 3)
      yield* leave(SandboxMetadata.ofRequest(id, "no such request"))
      yield* TestClock.adjust("59 seconds")
      yield* settle
      assert.strictEqual(outside.sandboxes.size, 1)
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
})
