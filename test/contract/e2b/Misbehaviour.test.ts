// Every operation of the simulated E2B in each kind of bad weather: refused, reset, lost after its effect, broken off,
// late, and later than its client waits.
import { createHash } from "node:crypto"
import { assert, describe, it } from "vitest"
import { envelope } from "../../../src/simulator/e2b/ConnectProtocol.ts"
import type { Operation } from "../../../src/simulator/e2b/Operations.ts"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { eventually, rejection, simulate } from "./SimulatorFixture.ts"

const hash = createHash("sha256").digest("hex")

const prepared = async () => {
  const timeline = new ManualTimeline()
  const world = await simulate({ timeline, templates: [{ aliases: ["gh-runner"], templateID: "tpl" }] })
  const sandbox = await world.e2b.Sandbox.create("gh-runner")
  await sandbox.files.write("a/b", "1")
  await sandbox.files.write("out", "")
  const command = await sandbox.commands.run("cat >> out", { background: true, stdin: true, timeoutMs: 0 })
  const { data: built } = await world.api.POST("/v3/templates", { body: { name: "new" } })
  await world.api.POST("/templates/tags", { body: { target: "tpl", tags: ["old"] } })
  const headers = {
    "x-api-key": world.connection.apiKey,
    "x-access-token": (sandbox as unknown as { envdAccessToken: string }).envdAccessToken
  }
  const { sandboxId: id } = sandbox
  const call = ([method, path, body]: CallForm, signal?: AbortSignal): Promise<Response> =>
    fetch(world.simulator.url + path, {
      method,
      headers: {
        ...headers,
        ...(/^\/(process|filesystem|files|health|envs|metrics)/.test(path) ? { "e2b-sandbox-id": id } : {}),
        "content-type": typeof body === "object" ? "application/json" : "application/octet-stream"
      },
      ...(body === undefined ? {} : { body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal })
    })
  /** All that an operation could change, as text. */
  const everything = async (): Promise<string> => {
    const host = world.simulator.hosts.of(id)
    const below = async (folder: string) => (await host?.world.files.list(folder).catch(() => [])) ?? []
    const files = [...(await below("/home/user")), ...(await below("/home/user/a"))]
    const template = built?.templateID ?? ""
    const status = `/templates/${template}/builds/${built?.buildID}/status`
    const texts = [`/templates`, `/templates/tpl/tags`, status, `/templates/${template}/files/${hash}`].map(
      async (path) => (await call(["GET", path])).text()
    )
    return JSON.stringify([
      [...world.simulator.fleet.live()].map(({ state, endAt, network }) => [state, endAt, network]),
      (host?.processes() ?? []).map(({ pid, running }) => [pid, running]),
      files.map(({ path, size }) => [path, size]),
      ...(await Promise.all(texts))
    ])
  }
  /** Some effects follow a moment later, builds on the timeline. */
  const changed = (before: string) =>
    eventually(async () => {
      timeline.advance(20)
      return (await everything()) !== before
    })
  return {
    ...world,
    timeline,
    changed,
    id,
    pid: command.pid,
    template: built?.templateID,
    build: built?.buildID,
    call,
    everything
  }
}

type World = Awaited<ReturnType<typeof prepared>>
type CallForm = readonly [method: string, path: string, body?: Buffer | object]

const process = ({ pid }: World) => ({ process: { pid } })
const far = { timeout: 40_000 }

/** `changes`: false for those that only read. */
const calls: Readonly<Record<Operation, readonly [changes: boolean, form: (world: World) => CallForm]>> = {
  "sandbox.create": [true, () => ["POST", "/v2/sandboxes", { templateID: "gh-runner" }]],
  "sandbox.connect": [true, ({ id }) => ["POST", `/v2/sandboxes/${id}/connect`, far]],
  "sandbox.list": [false, () => ["GET", "/v2/sandboxes"]],
  "sandbox.get": [false, ({ id }) => ["GET", `/sandboxes/${id}`]],
  "sandbox.kill": [true, ({ id }) => ["DELETE", `/sandboxes/${id}`]],
  "sandbox.timeout": [true, ({ id }) => ["POST", `/sandboxes/${id}/timeout`, far]],
  "sandbox.pause": [true, ({ id }) => ["POST", `/sandboxes/${id}/pause`, {}]],
  "sandbox.resume": [true, ({ id }) => ["POST", `/sandboxes/${id}/resume`, far]],
  "sandbox.refresh": [true, ({ id }) => ["POST", `/sandboxes/${id}/refreshes`, { duration: 3600 }]],
  "sandbox.network": [true, ({ id }) => ["PUT", `/sandboxes/${id}/network`, { denyOut: ["10.0.0.0/8"] }]],
  "sandbox.snapshot": [true, ({ id }) => ["POST", `/sandboxes/${id}/snapshots`, {}]],
  "sandbox.fork": [true, ({ id }) => ["POST", `/sandboxes/${id}/fork`, { count: 1 }]],
  "sandbox.metrics": [false, ({ id }) => ["GET", `/sandboxes/${id}/metrics`]],
  "sandbox.logs": [false, ({ id }) => ["GET", `/v2/sandboxes/${id}/logs`]],
  "template.alias": [false, () => ["GET", "/templates/aliases/gh-runner"]],
  "template.get": [false, () => ["GET", "/templates/tpl"]],
  "template.list": [false, () => ["GET", "/templates"]],
  "template.delete": [true, () => ["DELETE", "/templates/tpl"]],
  "template.request": [true, () => ["POST", "/v3/templates", { name: "another" }]],
  "template.files": [false, ({ template }) => ["GET", `/templates/${template}/files/${hash}`]],
  "template.upload": [true, ({ template }) => ["PUT", `/_uploads/${template}/${hash}`, Buffer.from("tar")]],
  "template.build": [
    true,
    ({ template, build }) => ["POST", `/v2/templates/${template}/builds/${build}`, { fromImage: "ubuntu:24.04" }]
  ],
  "template.buildStatus": [false, ({ template, build }) => ["GET", `/templates/${template}/builds/${build}/status`]],
  "template.assignTags": [true, () => ["POST", "/templates/tags", { target: "tpl", tags: ["stable"] }]],
  "template.removeTags": [true, () => ["DELETE", "/templates/tags", { name: "tpl", tags: ["old"] }]],
  "template.tags": [false, () => ["GET", "/templates/tpl/tags"]],
  "process.start": [true, () => ["POST", "/process.Process/Start", envelope({ process: { cmd: "/bin/true" } })]],
  "process.connect": [false, (world) => ["POST", "/process.Process/Connect", envelope(process(world))]],
  "process.list": [false, () => ["POST", "/process.Process/List", {}]],
  "process.signal": [
    true,
    (world) => ["POST", "/process.Process/SendSignal", { ...process(world), signal: "SIGNAL_SIGKILL" }]
  ],
  "process.input": [
    true,
    (world) => ["POST", "/process.Process/SendInput", { ...process(world), input: { stdin: "aGVsbG8K" } }]
  ],
  "process.closeStdin": [true, (world) => ["POST", "/process.Process/CloseStdin", process(world)]],
  "files.write": [true, () => ["POST", "/files?path=new", Buffer.from("text")]],
  "files.read": [false, () => ["GET", "/files?path=a/b"]],
  "filesystem.stat": [false, () => ["POST", "/filesystem.Filesystem/Stat", { path: "a/b" }]],
  "filesystem.makeDir": [true, () => ["POST", "/filesystem.Filesystem/MakeDir", { path: "folder" }]],
  "filesystem.list": [false, () => ["POST", "/filesystem.Filesystem/ListDir", { path: "a" }]],
  "filesystem.remove": [true, () => ["POST", "/filesystem.Filesystem/Remove", { path: "a" }]],
  "filesystem.move": [true, () => ["POST", "/filesystem.Filesystem/Move", { source: "a/b", destination: "a/c" }]],
  "envd.health": [false, () => ["GET", "/health"]],
  "envd.envs": [false, () => ["GET", "/envs"]],
  "envd.metrics": [false, () => ["GET", "/metrics"]]
}

const worldFor = async (operation: string): Promise<World> => {
  const world = await prepared()
  if (operation === "sandbox.resume") await world.e2b.Sandbox.pause(world.id)
  return world
}

// Longer than clients wait; and times that nothing else in the simulator waits for.
const delayMs = 65_003
const answerDelayMs = 1003

/** Settles when the call waits for its time; fails when it was answered instead. */
const keptBack = async ({ timeline }: World, call: Promise<unknown>, millis: number): Promise<void> => {
  let answered = false
  const settle = () => {
    answered = true
  }
  call.then(settle, settle)
  await eventually(() => answered || timeline.isAwaited(timeline.now() + millis))
  assert.isFalse(answered, "it was answered at once")
}

const table = Object.entries(calls) as ReadonlyArray<[Operation, (typeof calls)[Operation]]>

describe("every call", () => {
  for (const [operation, [changes, form]] of table) {
    it(`${operation} can be refused or reset without effect, and lose its answer or have it broken off after it`, async () => {
      const world = await worldFor(operation)
      const before = await world.everything()
      world.simulator.faults.add({ operation, answer: { status: 418, headers: { "x-odd": "1" }, body: { odd: true } } })
      const refused = await world.call(form(world))
      assert.deepStrictEqual([refused.status, refused.headers.get("x-odd")], [418, "1"])
      assert.deepStrictEqual(await refused.json(), { odd: true })
      world.simulator.faults.add({ operation, answer: "reset" })
      assert.instanceOf(await rejection(world.call(form(world))), TypeError)
      assert.strictEqual(await world.everything(), before)
      world.simulator.faults.add({ operation, answer: "reset", when: "after" })
      assert.instanceOf(await rejection(world.call(form(world))), TypeError)
      if (changes) await world.changed(before)
      else assert.strictEqual(await world.everything(), before)
      world.simulator.faults.add({ operation, answer: "malformed" })
      const broken = await world.call(form(world))
      const text = await broken.text()
      if (broken.status !== 204) assert.throws(() => JSON.parse(text), SyntaxError)
    })

    it(`${operation} can be late, and take effect when its client has long given up`, async () => {
      const world = await worldFor(operation)
      const before = await world.everything()
      world.simulator.faults.add({ operation, delayMs })
      const patience = new AbortController()
      const calling = rejection(world.call(form(world), patience.signal))
      await keptBack(world, calling, delayMs)
      assert.strictEqual(await world.everything(), before)
      patience.abort()
      assert.strictEqual((await calling).name, "AbortError")
      world.timeline.advance(delayMs)
      if (changes) await world.changed(before)
      world.simulator.faults.add({ operation, answerDelayMs })
      const late = world.call(form(world))
      await keptBack(world, late, answerDelayMs)
      world.timeline.advance(answerDelayMs)
      await late
    })
  }
})
