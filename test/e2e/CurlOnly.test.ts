// An operator's first minutes with nothing but HTTP: what curl shows of the API, of one job's life, and of mistakes.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { labels, openWorld, type Request, template, type World } from "../support/World.ts"
import { deliver, jobPayload } from "../support/WorldDeliveries.ts"

interface Entry {
  readonly at: string
  readonly code: string
  readonly message: string
}

describe("with curl only", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess

  beforeAll(async () => {
    world = await openWorld()
    runnerd = await world.start()
  })
  afterAll(() => world.close())

  const call = async (method: string, path: string, options: { body?: unknown; token?: string | null } = {}) => {
    const token = options.token === undefined ? adminToken : options.token
    const response = await fetch(`${runnerd.url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { "content-type": "application/json" })
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) })
    })
    const text = await response.text()
    const json = (response.headers.get("content-type") ?? "").includes("json")
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (json ? JSON.parse(text) : null) as unknown
    }
  }
  const get = (path: string) => call("GET", path)
  const spec = { name: "small", labels, template_id: template, default_available: true }

  /** The answer is an error in the API's form; its sentence. */
  const mistake = (answer: Awaited<ReturnType<typeof call>>, status: number, code: string): string => {
    assert.strictEqual(answer.status, status, answer.text)
    const body = answer.json as { error: string; code: string }
    assert.strictEqual(body.code, code)
    assert.includeMembers(["code", "details", "error"], Object.keys(body))
    return body.error
  }

  it("health and readiness need no token", async () => {
    assert.deepStrictEqual((await call("GET", "/healthz", { token: null })).json, { status: "ok" })
    const ready = await call("GET", "/readyz", { token: null })
    assert.strictEqual(ready.status, 200)
    assert.propertyVal(ready.json as object, "status", "ready")
  })

  it("everything else is 401 without a token or with a wrong one, and says which scheme is wanted", async () => {
    for (const token of [null, "", "wrong", `${adminToken}x`]) {
      for (const [method, path] of [
        ["GET", "/runner_specs"],
        ["POST", "/runner_specs"],
        ["GET", "/runner_requests"],
        ["GET", "/runner_requests/1"],
        ["GET", "/runner_requests/1/events"],
        ["GET", "/runner_requests/1/logs/stdout.log"]
      ] as const) {
        const answer = await call(method, path, { token, ...(method === "POST" ? { body: spec } : {}) })
        mistake(answer, 401, "unauthorized")
        assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/)
      }
    }
    const basic = await fetch(`${runnerd.url}/runner_specs`, {
      headers: { authorization: `Basic ${Buffer.from(`admin:${adminToken}`).toString("base64")}` }
    })
    assert.strictEqual(basic.status, 401)
    assert.deepStrictEqual((await get("/runner_specs")).json, [])
  })

  it("a spec is created with 201 and the defaults filled in, and listed", async () => {
    const created = await call("POST", "/runner_specs", { body: spec })
    assert.strictEqual(created.status, 201)
    assert.include(created.json as object, { name: "small", template_id: template, enabled: true, max_concurrency: 10 })
    assert.deepStrictEqual((await get("/runner_specs")).json, [created.json])
  })

  it("a bad spec is 400 and names the field; a template that E2B does not know is 400 and stores nothing", async () => {
    for (const [body, field] of [
      [{ ...spec, labels: [] }, "labels"],
      [{ ...spec, labels: ["a,b"] }, "labels"],
      [{ ...spec, labels: "self-hosted" }, "labels"],
      [{ ...spec, name: "" }, "name"],
      [{ ...spec, max_concurrency: "many" }, "max_concurrency"],
      [{ ...spec, template_id: undefined }, "template_id"]
    ] as const) {
      const answer = await call("POST", "/runner_specs", { body: { ...body, name: body.name === "" ? "" : "other" } })
      assert.include(mistake(answer, 400, "invalid_request"), field)
    }
    const unknown = await call("POST", "/runner_specs", { body: { ...spec, name: "other", template_id: "no-such" } })
    assert.include(mistake(unknown, 400, "invalid_template"), "no-such")
    const broken = await call("POST", "/runner_specs", { body: "{" })
    assert.strictEqual(broken.status, 400, broken.text)
    assert.strictEqual(((await get("/runner_specs")).json as ReadonlyArray<unknown>).length, 1)
  })

  it("a signed queued event made by hand becomes a request with its timeline and its logs", async () => {
    const answer = await deliver(runnerd.url, "workflow_job", jobPayload({ id: 4711, labels, name: "build" }))
    assert.strictEqual(answer.status, 202)
    const shown = () => get("/runner_requests/4711")
    await world.until("its runner listens", 60_000, async () => (await shown()).text.includes('"ready_at":"'))
    const request = (await shown()).json as Request & Record<string, unknown>
    assert.include(request, {
      status: "running",
      repository_full_name: "acme/web",
      runner_spec_name: "small",
      workflow_job_id: 4711,
      job_name: "build",
      intake_path: "webhook",
      retry_count: 0,
      completed_at: null,
      error: null
    })
    assert.deepStrictEqual(request["requested_labels"], labels)
    assert.strictEqual([...world.e2b.fleet.live()][0]?.sandboxID, request.sandbox_id)

    const events = (await get("/runner_requests/4711/events")).json as ReadonlyArray<Entry>
    const codes = events.map((entry) => entry.code)
    assert.deepStrictEqual(codes, [
      "queued",
      "claimed",
      "sandbox_created",
      "runner_registered",
      "runner_started",
      "runner_ready"
    ])
    for (const entry of events) assert.match(entry.at, /^\d{4}-\d\d-\d\dT.*Z$/)

    const log = (name: string) => get(`/runner_requests/4711/logs/${name}`)
    const control = await log("control.log")
    assert.strictEqual(control.status, 200)
    assert.match(control.headers.get("content-type") ?? "", /^text\/plain/)
    assert.strictEqual(control.headers.get("cache-control"), "no-store")
    for (const entry of events) assert.include(control.text, `${entry.code}: ${entry.message}`)
    const stdout = await world.until("its output is stored", 60_000, async () => {
      const answer = await log("stdout.log")
      return answer.text.includes("Listening for Jobs") && answer
    })
    assert.strictEqual(stdout.status, 200)
    assert.strictEqual((await log("stderr.log")).status, 200)

    const jobOver = jobPayload({ id: 4711, labels, action: "completed", conclusion: "cancelled" })
    assert.strictEqual((await deliver(runnerd.url, "workflow_job", jobOver)).status, 202)
    await world.until("it is over", 60_000, async () => (await shown()).text.includes('"status":"completed"'))
    assert.strictEqual(world.e2b.fleet.counts().running, 0)
    assert.strictEqual(world.github.state().runners.length, 0)
    assert.include((await log("control.log")).text, "completed: Nothing is left")
  })

  it("E-124: what does not exist is 404: requests, their logs and timelines, log names, routes", async () => {
    for (const path of ["/runner_requests/99", "/runner_requests/99/events", "/runner_requests/99/logs/stdout.log"]) {
      mistake(await get(path), 404, "not_found")
    }
    const name = await get("/runner_requests/4711/logs/passwd")
    assert.include([400, 404], name.status)
    const escape = await get("/runner_requests/4711/logs/..%2f..%2frunnerd.yaml")
    assert.include([400, 404], escape.status)
    assert.strictEqual((await get("/no/such/route")).status, 404)
  })

  it("E-106: lists are paged, and say so in headers", async () => {
    for (const id of [4712, 4713, 4714]) {
      await deliver(runnerd.url, "workflow_job", jobPayload({ id, labels: ["self-hosted", "none-such"] }))
    }
    const ids = (answer: { json: unknown }) => (answer.json as ReadonlyArray<Request>).map((request) => request.id)
    const all = await get("/runner_requests")
    assert.deepStrictEqual(ids(all).toSorted(), ["4711", "4712", "4713", "4714"])
    assert.strictEqual(ids(all).at(-1), "4711", "newest first")
    assert.strictEqual(all.headers.get("x-total-count"), "4")
    assert.strictEqual(all.headers.get("x-limit"), "100")
    assert.strictEqual(all.headers.get("x-offset"), "0")
    assert.isNull(all.headers.get("link"))

    const first = await get("/runner_requests?limit=3")
    assert.strictEqual(first.headers.get("link"), '</runner_requests?limit=3&offset=3>; rel="next"')
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? ""
    const second = await get(next)
    assert.deepStrictEqual([...ids(first), ...ids(second)], ids(all))
    assert.strictEqual(second.headers.get("link"), '</runner_requests?limit=3&offset=0>; rel="prev"')
    assert.strictEqual((await get("/runner_requests?limit=100000")).headers.get("x-limit"), "500")
    assert.deepStrictEqual(ids(await get("/runner_requests?offset=1000")), [])
  })

  it("a limit or offset that is no positive number is 400 and named", async () => {
    for (const [query, field] of [
      ["limit=0", "limit"],
      ["limit=-1", "limit"],
      ["limit=ten", "limit"],
      ["limit=1.5", "limit"],
      ["limit=", "limit"],
      ["offset=-1", "offset"],
      ["offset=NaN", "offset"]
    ] as const) {
      assert.include(mistake(await get(`/runner_requests?${query}`), 400, "invalid_request"), field)
    }
  })

  it("/openapi.json lists every route of the API", async () => {
    const answer = await call("GET", "/openapi.json", { token: null })
    assert.strictEqual(answer.status, 200)
    const { paths } = answer.json as { paths: Record<string, Record<string, unknown>> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    )
    for (const route of [
      "GET /healthz",
      "GET /readyz",
      "GET /runner_specs",
      "POST /runner_specs",
      "GET /runner_requests",
      "GET /runner_requests/{id}",
      "GET /runner_requests/{id}/events",
      "GET /runner_requests/{id}/logs/{name}"
    ]) {
      assert.include(routes, route)
    }
  })
})
