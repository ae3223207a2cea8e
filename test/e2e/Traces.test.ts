// Traces as a collector gets them from a real process, one that dies in the middle included.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import { openOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from "../support/OtlpReceiver.ts"
import { labels, openWorld, type World } from "../support/World.ts"
import { rows } from "../support/WorldDatabase.ts"

const minute = 60_000
let world: World
let collector: OtlpReceiver

afterEach(async () => {
  await world.close()
  await collector.close()
})

const open = async (settings: Record<string, unknown> = {}) => {
  collector = await openOtlpReceiver()
  world = await openWorld({
    settings: {
      "telemetry.otlp_endpoint": collector.url,
      "telemetry.otlp_protocol": "http/json",
      "telemetry.logs": true,
      "worker.retry_base_delay_seconds": 1,
      ...settings
    }
  })
}

/** Writes down which trace it was told of, and ends when `end()` is called. */
const openEnded = (name: string) => {
  const gate = join(world.folder, `${name}.over`)
  const told = join(world.folder, `${name}.trace`)
  const wait = `echo "$RUNNERD_TRACE_ID" > ${told}; until [ -e ${gate} ]; do sleep 0.1; done`
  return { job: { name, labels, steps: [{ name: "work", run: wait }] }, told, end: () => writeFileSync(gate, "") }
}

const traces = () => {
  const found = new Map<string, Array<ReceivedSpan>>()
  for (const span of collector.spans()) found.set(span.traceId, [...(found.get(span.traceId) ?? []), span])
  return found
}

const names = (spans: ReadonlyArray<ReceivedSpan>) => spans.map(({ name }) => name)

/** One root, which is the request; every other span below one that is there; no two of one id. */
const assertOneTree = (spans: ReadonlyArray<ReceivedSpan>) => {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  assert.strictEqual(ids.size, spans.length, "ids are unique")
  assert.deepStrictEqual(names(spans.filter(({ parentSpanId }) => parentSpanId === undefined)), ["runner request"])
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))
  assert.deepStrictEqual(names(orphans), [])
}

const traceIdsByRequest = () =>
  new Map(
    rows(world.folder, "SELECT id, trace_context FROM runner_requests").map((row) => [
      String(row["id"]),
      String(row["trace_context"]).split("-")[1] ?? ""
    ])
  )

describe("traces", { timeout: 300_000 }, () => {
  it("are one for each request, whole, though the process is killed in the middle of it and another goes on", async () => {
    await open()
    const first = await world.start()
    await world.addSpec(first)
    const running = openEnded("running")
    const [runningId = 0] = world.run([running.job])
    await world.until("its job runs", minute, () =>
      world.github.state().jobs.some((job) => job.status === "in_progress")
    )
    world.e2b.faults.add({ operation: "sandbox.create", delayMs: 600_000, times: 1 })
    const [creatingId = 0] = world.run([{ name: "creating", labels, steps: [{ name: "work", seconds: 0.1 }] }])
    await world.until(
      "the other's sandbox is asked for",
      minute,
      () => rows(world.folder, "SELECT 1 FROM runner_requests WHERE status = 'creating'").length === 1
    )
    await world.until("what the first process did has been sent", minute, () =>
      ["delivery", "wait in line", "Sandboxes.create", "GitHub.createJitConfig", "Sandboxes.start"].every((name) =>
        names(collector.spans()).includes(name)
      )
    )
    await first.kill()

    const second = await world.start()
    running.end()
    await world.allOver(3 * minute)
    const seen = await callApi(second.url, "GET", `/runner_requests/${runningId}`)
    assert.strictEqual(await second.stop(), 0)

    const byRequest = traceIdsByRequest()
    const found = traces()
    assert.deepStrictEqual([...found.keys()].toSorted(), [...byRequest.values()].toSorted())
    for (const spans of found.values()) assertOneTree(spans)

    const adopted = found.get(byRequest.get(String(runningId)) ?? "") ?? []
    const parts = ["delivery", "wait in line", "attempt", "provision", "wait for job", "job", "clean-up"]
    assert.includeMembers(
      [...names(adopted)],
      [...parts, "Sandboxes.create", "Sandboxes.kill", "GitHub.createJitConfig"]
    )
    assert.strictEqual(new Set(adopted.map(({ resource }) => resource["service.instance.id"])).size, 2)
    const root = adopted.find(({ name }) => name === "runner request")
    assert.deepInclude(root?.attributes, {
      "runnerd.request": String(runningId),
      "runnerd.spec": "small",
      "vcs.repository.name": "acme/web",
      "cicd.pipeline.task.run.id": String(runningId),
      "runnerd.status": "completed"
    })
    assert.strictEqual(root?.resource["service.name"], "runnerd")

    const resumed = found.get(byRequest.get(String(creatingId)) ?? "") ?? []
    assert.strictEqual(
      names(resumed).filter((name) => name === "attempt").length,
      2,
      "the broken attempt, and the next"
    )

    const traceId = byRequest.get(String(runningId)) ?? ""
    assert.strictEqual((seen as { trace_id: string }).trace_id, traceId)
    assert.strictEqual(readFileSync(running.told, "utf8").trim(), traceId, "as its job has it in its environment")
    const timeline = rows(world.folder, "SELECT message FROM request_events WHERE request_id = ?", String(runningId))
    assert.include(timeline.map((row) => row["message"]).join("\n"), traceId)
    assert.include(
      collector.logs().map(({ body }) => body),
      "runnerd listens"
    )
  })

  it("have the tag of what went wrong outside, and the request goes on", async () => {
    await open()
    world.e2b.faults.add({ operation: "sandbox.create", answer: { status: 500 }, times: 1 })
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    world.run([{ name: "build", labels, steps: [{ name: "work", seconds: 0.1 }] }])
    await world.allOver(2 * minute)
    await runnerd.stop()
    const spans = collector.spans()
    assertOneTree(spans)
    const failed = spans.filter(({ name, status }) => name === "Sandboxes.create" && status.code === 2)
    assert.strictEqual(failed.length, 1)
    const exception = failed[0]?.events[0]?.attributes.find(({ key }) => key === "exception.type")
    assert.match(exception?.value.stringValue ?? "", /^SandboxError\.\w+$/)
    const attempts = spans.filter(({ name }) => name === "attempt")
    assert.deepStrictEqual(
      attempts.map(({ attributes, status }) => [attributes["runnerd.attempt"], status.code]),
      [
        [1, 2],
        [2, 1]
      ]
    )
  })

  it("are configured by the standard environment variables where the file says nothing of them", async () => {
    await open({
      "telemetry.otlp_endpoint": "",
      "telemetry.otlp_protocol": "http/protobuf",
      "telemetry.logs": false
    })
    const runnerd = await world.start({
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-honeycomb-team=key%20with%20spaces",
      OTEL_SERVICE_NAME: "runners-of-acme"
    })
    await world.addSpec(runnerd)
    const [id = 0] = world.run([{ name: "build", labels, steps: [{ name: "work", seconds: 0.1 }] }])
    await world.allOver(2 * minute)
    await runnerd.stop()
    const sent = collector.received.filter(({ path }) => path === "/v1/traces")
    assert.isNotEmpty(sent)
    for (const { headers } of sent) {
      assert.deepInclude(headers, { "content-type": "application/x-protobuf", "x-honeycomb-team": "key with spaces" })
    }
    const bytes = Buffer.concat(sent.map(({ body }) => body))
    assert.isTrue(bytes.includes(Buffer.from(traceIdsByRequest().get(String(id)) ?? "", "hex")))
    assert.isTrue(bytes.includes("runners-of-acme"))
    assert.isEmpty(
      collector.received.filter(({ path }) => path === "/v1/logs"),
      "logs are sent only where asked for"
    )
  })

  it("that nobody takes cost nothing but themselves: jobs are done, and the log has one line of it", async () => {
    await open({ "telemetry.logs": false })
    collector.answer(503)
    const runnerd = await world.start()
    await world.addSpec(runnerd)
    const one = openEnded("one")
    const [id = 0] = world.run([one.job])
    await world.until("the collector has refused more than once", 2 * minute, () => collector.received.length > 2)
    one.end()
    await world.allOver(2 * minute)
    assert.strictEqual(world.conclusions().get(id), "success")
    assert.strictEqual(await runnerd.stop(), 0)
    assert.strictEqual(runnerd.log.filter((line) => line.includes("collector")).length, 1)
  })
})
