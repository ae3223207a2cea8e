import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import { runnerName } from "../../src/domain/RunnerRequest.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { amend, deliver, requestOf, saveSpec, unconditionally } from "../support/StoreScenes.ts"
import {
  claimAndAct,
  claimHere,
  makeConfig,
  provisioning,
  running,
  runnerNameOf,
  settle,
  startActor,
  story,
  tell,
  told,
  until
} from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

/** Waits until the actor has nothing more to do and gives the row it leaves. */
const outcome = Effect.flatMap(provisioning, (actor) => Effect.andThen(Fiber.join(actor.fiber), requestOf("101")))

describe("the order of the steps", () => {
  story(
    "the sandbox is created before the runner is registered, and registered before it is started (E-43)",
    (outside) =>
      Effect.gen(function* () {
        yield* running
        assert.deepStrictEqual(
          outside.calls.map((call) => call.split(" ")[0]),
          ["create", "createJitConfig", "writeFile", "writeFile", "start"]
        )
      })
  )
  story("the sandbox carries instance, request, attempt and fence, and the runner the stored name", (outside) =>
    Effect.gen(function* () {
      yield* running
      const [sandbox] = outside.sandboxes.values()
      assert.deepInclude(sandbox?.metadata, { app: "runnerd", request_id: "101", attempt: "0", fence: "1" })
      assert.deepStrictEqual([...outside.runners.keys()], [yield* runnerNameOf("101")])
    })
  )
})

describe("GitHub has a runner of that name already (409)", () => {
  /** Job 101 is claimed, and a runner that nobody knows of has the name it will register by. */
  const nameTaken = Effect.fnUntraced(function* (outside: FakeOutside, busy: boolean) {
    yield* saveSpec()
    yield* deliver()
    const [claimed] = yield* claimHere()
    outside.runners.set(claimed!.request.runnerName!, { id: 77, busy })
    return { claimed: claimed!, name: claimed!.request.runnerName! }
  })
  for (const [busy, left] of [
    [false, "is removed"],
    [true, "works, and stays"]
  ] as const) {
    story(`one that ${left}: ours runs under another name, and the attempt goes on`, (outside) =>
      Effect.gen(function* () {
        const { claimed, name } = yield* nameTaken(outside, busy)
        yield* startActor(claimed)
        const request = yield* until("101", ({ status }) => status === "running")
        assert.deepInclude(request, { attempt: 0, runnerName: `${name}-b`, runnerId: 901, lastErrorCode: null })
        assert.deepStrictEqual([...outside.runners.keys()], busy ? [name, `${name}-b`] : [`${name}-b`])
        assert.lengthOf(outside.callsOf("create"), 1)
        assert.include(yield* told("101"), "note")
      })
    )
    story(`one that ${left}, after it was given our job: nothing is made`, (outside) =>
      Effect.gen(function* () {
        const { tag } = yield* Instance
        const name = runnerName(tag, "101", 1)
        const job = busy
          ? ({ status: "in_progress" } as const)
          : ({ status: "completed", conclusion: "success" } as const)
        yield* saveSpec()
        yield* deliver()
        yield* amend("101", { runnerName: name })
        yield* deliver({ ...job, runnerName: name })
        yield* amend("101", { handledVersion: (yield* requestOf("101")).factsVersion })
        const actor = yield* claimAndAct()
        assert.strictEqual(actor.id, "101")
        yield* Fiber.join(actor.fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "completed", runnerName: name, sandboxMayExist: false })
        assert.deepStrictEqual(outside.callsOf("create"), [])
      })
    )
  }
  story("and of the other one too: one attempt is spent, and nothing that may work is removed", (outside) =>
    Effect.gen(function* () {
      const { claimed, name } = yield* nameTaken(outside, true)
      outside.runners.set(`${name}-b`, { id: 78, busy: false })
      const actor = yield* startActor(claimed)
      yield* Fiber.join(actor.fiber)
      const request = yield* requestOf("101")
      assert.deepInclude(request, { status: "queued", attempt: 1, lastErrorCode: "github_runner_name_taken" })
      assert.deepStrictEqual([...outside.runners.keys()], [name])
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
  story("and its removal fails: that is the attempt's failure", (outside) =>
    Effect.gen(function* () {
      const { claimed } = yield* nameTaken(outside, false)
      outside.failNextAtGitHub("deleteRunner", new GitHubError.Unavailable({ status: 502, detail: "" }))
      const actor = yield* startActor(claimed)
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), {
        status: "queued",
        attempt: 1,
        lastErrorCode: "github_unavailable",
        lastErrorStage: "github_registration"
      })
      assert.strictEqual(outside.runners.size + outside.sandboxes.size, 0)
    })
  )
})

const deferrals = [
  ["no room at E2B", new SandboxError.PlacementFailed({ detail: "" }), "sandbox_capacity", [2000, 4000]],
  // Only the hold decides when it is its turn again.
  ["the team's limit", new SandboxError.ConcurrencyLimited({ detail: "" }), "sandbox_concurrency_limit", [0, 0]],
  ["E2B's rate limit", new SandboxError.RateLimited({ detail: "" }), "sandbox_rate_limit", [2000, 4000]]
] as const

describe("E2B refuses", () => {
  for (const [what, reason, code, [least, most]] of deferrals) {
    story(
      `${what}: deferred with a due time, no attempt spent, nothing registered, nothing to remove (E-28, E-29)`,
      (outside) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(10_000)
          outside.failNext("create", reason)
          const request = yield* outcome
          assert.deepInclude(request, { status: "queued", attempt: 0, lastErrorCode: code, lastErrorClass: "deferred" })
          assert.isAtLeast(request.dueAt ?? 0, 10_000 + least)
          assert.isAtMost(request.dueAt ?? 0, 10_000 + most)
          assert.isFalse(request.sandboxMayExist)
          assert.deepStrictEqual(outside.calls, ["create runner"])
          assert.deepStrictEqual(yield* claimHere(), [], "and nothing else is claimed into it")
        })
    )
  }
  story("without a hint each deferral waits longer than the last, and a sandbox ends the series (E-45)", (outside) =>
    Effect.gen(function* () {
      const waits: Array<number> = []
      for (let deferral = 0; deferral < 3; deferral += 1) {
        outside.failNext("create", new SandboxError.PlacementFailed({ detail: "" }))
        const actor = yield* deferral === 0 ? provisioning : claimAndAct()
        yield* Fiber.join(actor.fiber)
        const { dueAt, updatedAt } = yield* requestOf("101")
        waits.push((dueAt ?? 0) - updatedAt)
        yield* TestClock.adjust("1 minute")
      }
      // Up to half of 4, 8 and 16 s is taken away.
      for (const [index, wait] of waits.entries()) {
        assert.isAtLeast(wait, 2000 * 2 ** index)
        assert.isAtMost(wait, 4000 * 2 ** index)
      }
      assert.deepInclude(yield* requestOf("101"), { deferrals: 3, attempt: 0 })
      yield* claimAndAct()
      assert.strictEqual((yield* until("101", ({ status }) => status === "running")).deferrals, 0)
    })
  )
  story("a wait that E2B asks for is kept, and is a little longer", (outside) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(10_000)
      outside.failNext("create", new SandboxError.RateLimited({ detail: "", retryAfterSeconds: 77 }))
      const { dueAt } = yield* outcome
      assert.isAtLeast(dueAt ?? 0, 87_000)
      assert.isAtMost(dueAt ?? 0, 87_000 + 7_700)
    })
  )
  story(
    "a request that was claimed before E2B said no to another is not created into it, and spends nothing",
    (outside) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(10_000)
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        yield* deliver({ jobId: 102 })
        const [first, second] = yield* claimHere()
        outside.failNext("create", new SandboxError.RateLimited({ detail: "", retryAfterSeconds: 77 }))
        yield* startActor(first!)
        yield* until("101", ({ status }) => status === "queued")
        yield* startActor(second!)
        const held = yield* until("102", ({ status }) => status === "queued")
        assert.isAtLeast(held.dueAt ?? 0, 87_000)
        assert.deepInclude(held, {
          attempt: 0,
          lastErrorCode: "sandbox_rate_limit",
          sandboxMayExist: false
        })
        assert.deepStrictEqual(outside.calls, ["create runner"])
      })
  )
  story(
    "a template that cannot be used is fatal: failed at once, with a sentence, and nothing else is called",
    (outside) =>
      Effect.gen(function* () {
        outside.failNext("create", new SandboxError.TemplateUnusable({ template: "runner", detail: "" }))
        const request = yield* outcome
        assert.deepInclude(request, { status: "failed", failureStage: "sandbox_create", owner: null })
        assert.include(request.error ?? "", "template")
        assert.deepStrictEqual(outside.calls, ["create runner"])
      })
  )
  story("a spec that is gone fails with that reason before anything is called (E-30)", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* amend("101", { specName: "deleted" })
      const actor = yield* claimAndAct()
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "failed", failureReason: "spec_not_found" })
      assert.deepStrictEqual(outside.calls, [])
    })
  )
})

describe("its spec has changed since its job was admitted", () => {
  for (const [what, change, code] of [
    ["is disabled", { enabled: false }, "spec_disabled"],
    ["has lost a label that the job asks for", { labels: ["self-hosted", "gpu"] }, "spec_labels_not_matched"]
  ] as const) {
    story(`and ${what}: failed with that reason before anything is called, and a retry admits anew (E-43)`, (outside) =>
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* saveSpec(change)
        yield* Fiber.join((yield* claimAndAct()).fiber)
        const request = yield* requestOf("101")
        assert.deepInclude(request, { status: "failed", failureStage: "spec_lookup", failureReason: code, attempt: 1 })
        assert.include(request.error ?? "", "retry")
        assert.deepStrictEqual(outside.calls, [])
        yield* saveSpec({ name: "other" })
        yield* OperatorStore.use((operator) => operator.retry("101", unconditionally))
        assert.deepInclude(yield* requestOf("101"), { status: "queued", specName: "other", attempt: 0 })
      })
    )
  }
  story("in another way: it goes on, by the template of now", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* saveSpec({ templateId: "newer", labels: ["e2b", "self-hosted", "linux"] })
      yield* claimAndAct()
      yield* until("101", ({ status }) => status === "running")
      assert.deepStrictEqual(outside.callsOf("create"), ["create newer"])
    })
  )
})

const unclear = [
  ["a time-out", new SandboxError.TimedOut({ detail: "" })],
  ["a reset connection", new SandboxError.ConnectionFailed({ detail: "" })],
  ["an answer that makes no sense", new SandboxError.MalformedAnswer({ detail: "" })],
  ["a 500", new SandboxError.Unavailable({ status: 500, detail: "" })]
] as const

describe("E2B's answer to a create is lost", () => {
  for (const [what, reason] of unclear) {
    story(`${what}, and the sandbox exists: found by its metadata and used (E-38)`, (outside) =>
      Effect.gen(function* () {
        outside.failNext("create", reason, true)
        yield* running
        assert.deepInclude(yield* requestOf("101"), { sandboxId: "sbx-1", attempt: 0 })
        assert.strictEqual(outside.callsOf("create").length, 1)
      })
    )
    story(`${what}, and there is none: retried later with one attempt spent`, (outside) =>
      Effect.gen(function* () {
        outside.failNext("create", reason)
        const request = yield* outcome
        assert.deepInclude(request, { status: "queued", attempt: 1, lastErrorClass: "retryable" })
        assert.isAbove(request.dueAt ?? 0, 0)
        assert.deepStrictEqual(outside.callsOf("createJitConfig"), [])
      })
    )
  }
  story("and the list fails too: what may exist is removed before the next attempt", (outside) =>
    Effect.gen(function* () {
      outside.failNext("create", new SandboxError.TimedOut({ detail: "" }), true)
      outside.failNext("list", new SandboxError.Unavailable({ status: 502, detail: "" }))
      const request = yield* outcome
      assert.deepInclude(request, { status: "queued", attempt: 1, sandboxMayExist: false })
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
})

const laterSteps = [
  [
    "github_registration",
    (outside) => outside.failNextAtGitHub("createJitConfig", new GitHubError.Unavailable({ status: 500, detail: "" }))
  ],
  [
    "github_registration",
    (outside) => outside.failNextAtGitHub("createJitConfig", new GitHubError.TimedOut({ detail: "" }), true)
  ],
  ["runner_start", (outside) => outside.failNext("writeFile", new SandboxError.EnvdUnreachable({ detail: "" }))],
  ["runner_start", (outside) => outside.failNext("start", new SandboxError.Unavailable({ status: 502, detail: "" }))]
] as const satisfies ReadonlyArray<readonly [string, (outside: FakeOutside) => void]>

describe("a later step fails", () => {
  for (const [index, [stage, fail]] of laterSteps.entries()) {
    story(
      `sandbox and registration are removed, one attempt is spent, the next one begins clean (${index + 1}: ${stage}, E-39)`,
      (outside) =>
        Effect.gen(function* () {
          fail(outside)
          const request = yield* outcome
          assert.deepInclude(request, { status: "queued", attempt: 1, lastErrorStage: stage, sandboxMayExist: false })
          assert.strictEqual(outside.sandboxes.size, 0)
          assert.strictEqual(outside.runners.size, 0)
          yield* TestClock.setTime(request.dueAt ?? 0)
          yield* claimAndAct()
          const again = yield* until("101", ({ status }) => status === "running")
          assert.notStrictEqual(again.runnerName, request.runnerName)
          assert.strictEqual(outside.sandboxes.size, 1)
          assert.strictEqual(outside.runners.size, 1)
        })
    )
  }
  story(
    "GitHub's rate limit defers until it is over: no attempt is spent, and the sandbox does not wait for it (E-45)",
    (outside) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(10_000)
        outside.failNextAtGitHub(
          "createJitConfig",
          new GitHubError.PrimaryRateLimited({ detail: "", resetAtMillis: 3_000_000 })
        )
        const request = yield* outcome
        assert.deepInclude(request, { status: "queued", attempt: 0 })
        assert.isAtLeast(request.dueAt ?? 0, 3_000_000)
        assert.strictEqual(outside.sandboxes.size, 0)
      })
  )
  story("no access at GitHub is fatal, and the sandbox is removed", (outside) =>
    Effect.gen(function* () {
      outside.failNextAtGitHub("createJitConfig", new GitHubError.NotInstalled({ repository: "acme/web" }))
      const request = yield* outcome
      assert.deepInclude(request, { status: "failed", failureReason: "github_app_not_installed" })
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
  story("a start that takes longer than e2b.create_timeout_seconds is a failed attempt", (outside) =>
    Effect.gen(function* () {
      outside.holdNext("start")
      const actor = yield* provisioning
      yield* settle
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), {
        status: "queued",
        lastErrorCode: "runner_start_timeout",
        attempt: 1
      })
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
  story("attempts end: after the last one the request is failed and nothing is left", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const refused = new SandboxError.Unavailable({ status: 502, detail: "" })
      for (let attempt = 0; attempt < 4; attempt += 1) outside.failNext("start", refused)
      // A claim may also be for a look at news, which GitHub's answer before a retry is.
      for (let claims = 0; claims < 9 && (yield* requestOf("101")).status === "queued"; claims += 1) {
        yield* TestClock.setTime((yield* requestOf("101")).dueAt ?? 0)
        const actor = yield* claimAndAct()
        yield* Fiber.join(actor.fiber)
      }
      assert.strictEqual(outside.callsOf("start").length, 3)
      assert.deepInclude(yield* requestOf("101"), { status: "failed", attempt: 3, failureStage: "runner_start" })
      assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
      assert.deepStrictEqual(yield* claimHere(), [])
    })
  )
})

describe("still wanted", () => {
  /** Job 101 waits; whatever was told of it since then, nobody may have listened. */
  const queuedBeforeThisProcess = Effect.gen(function* () {
    yield* saveSpec()
    yield* deliver()
    yield* amend("101", { queuedAt: (yield* NodeLease).startedAt - 1 })
  })
  /** Of two days in which each heartbeat took place it would take a minute to tell. */
  const seldomRenewed = { ...makeConfig(), worker: { ...makeConfig().worker, leaseTtl: Duration.days(30) } }
  const afterTwoDays = (title: string, body: Parameters<typeof story>[1]) => story(title, body, seldomRenewed)

  story("a fresh queued event is taken at its word: GitHub is not asked", (outside) =>
    Effect.gen(function* () {
      yield* running
      assert.deepStrictEqual(outside.callsOf("getJob"), [])
    })
  )
  afterTwoDays(
    "and stays so however long its request waits: what ended unheard is for the reconciler to find",
    (outside) =>
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* TestClock.adjust("2 days")
        yield* claimAndAct()
        yield* until("101", ({ status }) => status === "running")
        assert.deepStrictEqual(outside.callsOf("getJob"), [])
      })
  )
  afterTwoDays(
    "a job that ended while its request waited costs neither sandbox nor a call, once its event told",
    (outside) =>
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* TestClock.adjust("2 days")
        yield* deliver({ status: "completed", conclusion: "cancelled" })
        yield* Fiber.join((yield* claimAndAct()).fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "completed", failureReason: null })
        assert.deepStrictEqual(outside.calls, [])
      })
  )
  story(
    "of a job that was queued before this process began GitHub is asked, and one that is over costs neither sandbox nor registration (E-31)",
    (outside) =>
      Effect.gen(function* () {
        yield* queuedBeforeThisProcess
        outside.jobs.set(101, { status: "completed", conclusion: "cancelled" })
        const actor = yield* claimAndAct()
        yield* Fiber.join(actor.fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "completed", failureReason: null })
        assert.deepStrictEqual(outside.calls, ["getJob 101"])
      })
  )
  story("a look at GitHub that fails drops no job: it waits, spends no attempt and costs nothing (E-76)", (outside) =>
    Effect.gen(function* () {
      yield* queuedBeforeThisProcess
      outside.failNextAtGitHub("getJob", new GitHubError.Unavailable({ status: 502, detail: "" }))
      yield* Fiber.join((yield* claimAndAct()).fiber)
      const request = yield* requestOf("101")
      assert.deepInclude(request, { status: "queued", attempt: 0, lastErrorCode: "github_unavailable" })
      assert.deepStrictEqual(outside.callsOf("create"), [])
      yield* TestClock.setTime(request.dueAt ?? 0)
      yield* claimAndAct()
      yield* until("101", ({ status }) => status === "running")
    })
  )
  story("each runner is registered at the repository of its own job (E-06)", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 101, repository: "acme/web" })
      yield* deliver({ jobId: 102, repository: "acme/api" })
      yield* Effect.flatMap(claimHere(), (claims) => Effect.forEach(claims, startActor, { discard: true }))
      for (const id of ["101", "102"]) yield* until(id, ({ status }) => status === "running")
      assert.sameDeepMembers(outside.targets, [
        { _tag: "Repository", owner: "acme", repository: "web" },
        { _tag: "Repository", owner: "acme", repository: "api" }
      ])
    })
  )
  story(
    "the job ends while its sandbox is created: the sandbox is killed and nothing is registered (E-32)",
    (outside) =>
      Effect.gen(function* () {
        const release = outside.holdNext("create")
        const actor = yield* provisioning
        yield* settle
        yield* tell(actor, { status: "completed", conclusion: "cancelled" })
        yield* release
        yield* Fiber.join(actor.fiber)
        assert.strictEqual((yield* requestOf("101")).status, "completed")
        assert.deepStrictEqual(outside.callsOf("createJitConfig"), [])
        assert.deepStrictEqual(outside.callsOf("kill"), ["kill sbx-1"])
      })
  )
})
