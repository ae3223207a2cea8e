// Misbehaviour, and the rows of what the client makes of it.
import {
  AuthenticationError,
  E2B,
  NotFoundError,
  RateLimitError,
  SandboxError,
  SandboxNotFoundError,
  TimeoutError
} from "e2b"
import { assert, describe, it } from "vitest"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

describe("faults of the control API", () => {
  for (const status of [400, 403, 404, 409, 500, 502, 504]) {
    it(`${status} on create is a SandboxError with that status`, async () => {
      const { e2b, simulator } = await simulate()
      simulator.faults.add({ operation: "sandbox.create", answer: { status } })
      const error = await rejection(e2b.Sandbox.create(runnerTemplate))
      assert.instanceOf(error, SandboxError)
      assert.strictEqual(error.statusCode, status)
      await e2b.Sandbox.create(runnerTemplate)
    })
  }

  it("401, 429 and 503 are errors of their own kinds", async () => {
    const { e2b, simulator } = await simulate()
    const create = () => rejection(e2b.Sandbox.create(runnerTemplate))
    simulator.faults.add({ operation: "sandbox.create", answer: { failure: "unauthorized" } })
    assert.instanceOf(await create(), AuthenticationError)
    simulator.faults.add({ operation: "sandbox.create", answer: { failure: "concurrency_limited" } })
    assert.instanceOf(await create(), RateLimitError)
    simulator.faults.add({ operation: "sandbox.create", answer: { status: 503 } })
    const busy = await create()
    assert.strictEqual(busy.name, "ServiceBusyError")
    assert.isFalse(busy instanceof SandboxError)
  })

  for (const [name, status, words] of [
    [
      "sandbox_capacity_unavailable",
      503,
      ": not enough capacity for the requested resources right now, please retry shortly"
    ],
    ["sandbox_no_compatible_node", 503, ": no compatible node for this template's requirements"],
    ["sandbox_placement_timeout", 504, ": placement timed out after 3 attempt(s), please retry"],
    [
      "sandbox_create_failed",
      500,
      ": sandbox creation failed on 3 node(s), please retry; if the problem persists, contact us"
    ],
    ["internal_server_error", 500, ""]
  ] as const) {
    it(`placement failure ${name} carries its status, its error_code and its words`, async () => {
      const { api, simulator } = await simulate()
      simulator.faults.add({ operation: "sandbox.create", answer: { failure: name } })
      const { error, response } = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate } })
      assert.strictEqual(response.status, status)
      assert.deepStrictEqual(error, { code: status, message: `Failed to place sandbox${words}`, error_code: name })
    })
  }

  it("every answer of the control API has a trace id, a refusal's too", async () => {
    const { api } = await simulate()
    const listed = await api.GET("/v2/sandboxes", {})
    const refused = await api.GET("/sandboxes/{sandboxID}", { params: { path: { sandboxID: "inone" } } })
    const ids = [listed, refused].map(({ response }) => response.headers.get("x-e2b-trace-id"))
    assert.isTrue(ids.every((id) => id !== null && /^[0-9a-f]{32}$/.test(id)))
    assert.notStrictEqual(ids[0], ids[1])
  })

  it("the client's own retry waits as long as Retry-After says, and repeats the create", async () => {
    const { connection, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: { failure: "rate_limited" } })
    const patient = new E2B({ ...connection, retries: 1 })
    await patient.Sandbox.create(runnerTemplate)
    assert.isEmpty(simulator.faults.pending())
    simulator.faults.add({ operation: "sandbox.create", answer: { failure: "concurrency_limited" } })
    assert.instanceOf(await rejection(patient.Sandbox.create(runnerTemplate)), RateLimitError)
  })

  it("a rate limit carries Retry-After", async () => {
    const { api, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: { failure: "rate_limited" } })
    const { response } = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate } })
    assert.deepStrictEqual(
      ["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map((name) =>
        response.headers.get(name)
      ),
      ["1", "5", "0", "1"]
    )
  })

  it("a 404 without a code in its body is no SandboxNotFoundError", async () => {
    const { e2b, simulator } = await simulate()
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate)
    for (const body of ["", { message: "gone" }]) {
      simulator.faults.add({ operation: "sandbox.get", answer: { status: 404, body } })
      const error = await rejection(e2b.Sandbox.getInfo(sandboxId))
      assert.instanceOf(error, SandboxError)
      assert.isFalse(error instanceof SandboxNotFoundError)
      assert.strictEqual(error.statusCode, 404)
    }
  })

  it("a reset before the effect leaves no sandbox, a reset after it leaves an orphan", async () => {
    const { e2b, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: "reset" })
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), TypeError)
    assert.strictEqual(simulator.fleet.counts().running, 0)
    simulator.faults.add({ operation: "sandbox.create", answer: "reset", when: "after" })
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), TypeError)
    assert.strictEqual(simulator.fleet.counts().running, 1)
  })

  it("a create that takes longer than its client waits still takes effect", async () => {
    const { e2b, simulator, control } = await simulate()
    await control("POST", "faults", { operation: "sandbox.create", delayMs: 2000 })
    // Long enough for the call to arrive, on a crowded machine too.
    const error = await rejection(e2b.Sandbox.create(runnerTemplate, { requestTimeoutMs: 500 }))
    assert.strictEqual(error.name, "TimeoutError")
    assert.isFalse(error instanceof TimeoutError)
    assert.strictEqual(simulator.fleet.counts().running, 0)
    // The next create overtakes the slow one.
    await e2b.Sandbox.create(runnerTemplate)
    while (simulator.fleet.counts().running < 2) await e2b.Sandbox.list().nextItems()
  })

  it("an answer that is not JSON is malformed to the client", async () => {
    const { e2b, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: { status: 201, body: "not json" } })
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), SyntaxError)
  })

  it("a fault meets as many calls as it was given, and only its operation", async () => {
    const { e2b, simulator } = await simulate()
    simulator.faults.add({ operation: "sandbox.create", answer: { status: 500 }, times: 2 })
    assert.lengthOf(await e2b.Sandbox.list().nextItems(), 0)
    assert.strictEqual((await rejection(e2b.Sandbox.create(runnerTemplate))).statusCode, 500)
    assert.strictEqual((await rejection(e2b.Sandbox.create(runnerTemplate))).statusCode, 500)
    await e2b.Sandbox.create(runnerTemplate)
    assert.isEmpty(simulator.faults.pending())
  })
})

describe("faults of envd", () => {
  for (const status of [429, 502, 503, 504]) {
    it(`${status} before the start event looks like a missing sandbox, which it is not`, async () => {
      const { e2b, simulator } = await simulate()
      const sandbox = await e2b.Sandbox.create(runnerTemplate)
      simulator.faults.add({ operation: "process.start", answer: { status } })
      assert.instanceOf(await rejection(sandbox.commands.run("true")), SandboxNotFoundError)
      assert.isTrue(await sandbox.isRunning())
    })
  }

  it("401 is an AuthenticationError, other refusals are SandboxErrors that name Connect's code", async () => {
    const { e2b, simulator } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    simulator.faults.add({ operation: "process.start", answer: { status: 401 } })
    assert.instanceOf(await rejection(sandbox.commands.run("true")), AuthenticationError)
    for (const [status, words] of [
      [400, /^13: \[internal\]/],
      [403, /^7: \[permission_denied\]/],
      [404, /^12: \[unimplemented\]/],
      [409, /^2: \[unknown\]/],
      [500, /^2: \[unknown\]/]
    ] as const) {
      simulator.faults.add({ operation: "process.start", answer: { status } })
      const error = await rejection(sandbox.commands.run("true"))
      assert.instanceOf(error, SandboxError)
      assert.isFalse(error instanceof SandboxNotFoundError || error instanceof NotFoundError)
      assert.match(error.message, words)
    }
  })

  it("a start whose answer is lost has started the process", async () => {
    const { e2b, simulator } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    simulator.faults.add({ operation: "process.start", answer: "reset", when: "after" })
    await rejection(sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 }))
    assert.lengthOf(await sandbox.commands.list(), 1)
  })

  it("a full disk is told by files", async () => {
    const { e2b, simulator } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    simulator.faults.add({ operation: "files.write", answer: { status: 507 } })
    assert.strictEqual((await rejection(sandbox.files.write("x", "y"))).name, "NotEnoughSpaceError")
  })
})
