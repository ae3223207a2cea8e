// Looking into a running process as an operator does: `runnerd profile`, its files, and what it says when there is nothing to
// look into. Who is answered by the listener at all is in test/http/ProfilingListener.test.ts.
import { execFile } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { adminToken, callApi } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import type { DiagnosticsView } from "../../src/http/api/DiagnosticsApi.ts"
import { entry, openWorld, type World } from "../support/World.ts"

interface CallTree {
  readonly callFrame: { readonly url: string }
  readonly children: ReadonlyArray<CallTree>
}

interface CpuProfile {
  readonly startTime: number
  readonly endTime: number
  readonly samples: ReadonlyArray<number>
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly url: string }
    readonly children?: ReadonlyArray<number>
  }>
}

interface Counters {
  readonly pid: number
  readonly node: string
  readonly heapStatistics: { readonly used_heap_size: number }
}

interface HeapSnapshot {
  readonly snapshot: {
    readonly node_count: number
    readonly edge_count: number
    readonly meta: { readonly node_fields: ReadonlyArray<string>; readonly edge_fields: ReadonlyArray<string> }
  }
  readonly nodes: ReadonlyArray<number>
  readonly edges: ReadonlyArray<number>
  readonly strings: ReadonlyArray<string>
}

const profile = (...args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>((resolve) => {
    const child = execFile(process.execPath, [entry, "profile", ...args], (_, out, err) =>
      resolve({ code: child.exitCode, out, err })
    )
  })

/** Where the service's own code is. */
const ours = pathToFileURL(dirname(entry)).href

/** How many of the samples are of our code, or of what it called. */
const samplesOfOurs = ({ nodes, samples }: CpuProfile): number => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const inOurs = new Set<number>()
  const walk = (id: number, above: boolean) => {
    const node = byId.get(id)
    const within = above || node?.callFrame.url.startsWith(ours) === true
    if (within) inOurs.add(id)
    for (const child of node?.children ?? []) walk(child, within)
  }
  walk(nodes[0]?.id ?? 0, false)
  return samples.filter((id) => inOurs.has(id)).length
}

const urlsOf = ({ callFrame, children }: CallTree): ReadonlyArray<string> => [
  callFrame.url,
  ...children.flatMap(urlsOf)
]

const parsed = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"))

const modeOf = (file: string) => statSync(file).mode & 0o777

describe("runnerd profile", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let addressFile: string

  beforeAll(async () => {
    world = await openWorld()
    addressFile = join(world.folder, "runnerd.db.pprof")
  })
  afterAll(() => world.close())

  const diagnostics = () => callApi<DiagnosticsView>(runnerd.url, "GET", "/diagnostics")

  it("says what may be the reason when there is no address file, as before the first start", async () => {
    const { code, err, out } = await profile("counters", "--config", world.configFile)
    assert.deepStrictEqual([code, out], [1, ""])
    assert.match(
      err,
      /^profile: there is no .*runnerd\.db\.pprof: either no runnerd runs .*profiling\.enabled is false/
    )
    assert.strictEqual(err.trim().split("\n").length, 1)
  })

  it("fetches all there is into files for this user alone, found by the configuration, while the service works", async () => {
    runnerd = await world.start()
    const folder = join(world.folder, "profiles")
    mkdirSync(folder)
    const work = new AbortController()
    const fetching = profile("all", "--config", world.configFile, "--seconds", "2", "--out", folder).finally(() =>
      work.abort()
    )
    while (!work.signal.aborted) await diagnostics()
    const { code, err, out } = await fetching
    assert.strictEqual(code, 0, err)

    const files = readdirSync(folder).map((name) => join(folder, name))
    const the = (suffix: string) => files.find((file) => file.endsWith(suffix)) ?? assert.fail(`no ${suffix}: ${out}`)
    assert.lengthOf(files, 4)
    for (const file of files) {
      assert.strictEqual(modeOf(file), 0o600, file)
      assert.include(out, file)
    }
    assert.match(err, /^CPU profile of the runnerd at 127\.0\.0\.1:\d+, 2 s$/m)
    assert.match(err, /^ {2}1 of 2 s$/m)
    assert.match(err, /^heap snapshot of .*stands still/m)
    assert.match(out, /\.heapsnapshot.*holds every secret/)

    const cpu = parsed(the(".cpuprofile")) as CpuProfile
    assert.isAtLeast(cpu.endTime - cpu.startTime, 1_900_000)
    assert.isAbove(samplesOfOurs(cpu), 0)

    const { head } = parsed(the(".heapprofile")) as { head: CallTree }
    assert.isTrue(urlsOf(head).some((url) => url.startsWith(ours)))

    const { edges, nodes, snapshot, strings } = parsed(the(".heapsnapshot")) as HeapSnapshot
    assert.strictEqual(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length)
    assert.strictEqual(edges.length, snapshot.edge_count * snapshot.meta.edge_fields.length)
    // What is said of it is true: the heap of no process that calls GitHub is without secrets.
    assert.isTrue(strings.some((text) => text.includes(adminToken)))

    const counters = parsed(the(".counters.json")) as Counters
    assert.deepStrictEqual([counters.pid, counters.node], [runnerd.process.pid, process.version])
    assert.isAbove(counters.heapStatistics.used_heap_size, 1_000_000)
  })

  it("is what the diagnostics say, word for word; the address file is for the owner alone", async () => {
    const { pprof, profiling_off } = await diagnostics()
    const [address = "", key = ""] = readFileSync(addressFile, "utf8").split("\n")
    assert.deepStrictEqual(pprof, [
      { address, address_file: addressFile, dump_script: `runnerd profile all --address-file ${addressFile}` }
    ])
    assert.isNull(profiling_off)
    assert.strictEqual(modeOf(addressFile), 0o600)
    assert.notInclude(runnerd.log.join("\n"), key)
    assert.include(runnerd.log.join("\n"), address)
    const out = join(world.folder, "by-file.json")
    const { code, err } = await profile("counters", "--address-file", addressFile, "--out", out)
    assert.strictEqual(code, 0, err)
    assert.strictEqual((parsed(out) as Counters).pid, runnerd.process.pid)
  })

  it("keeps a file that is there already, and says so", async () => {
    const out = join(world.folder, "mine.json")
    writeFileSync(out, "mine")
    const { code, err } = await profile("counters", "--config", world.configFile, "--out", out)
    assert.strictEqual(code, 1)
    assert.include(err, `${out} cannot be written: AlreadyExists`)
    assert.strictEqual(readFileSync(out, "utf8"), "mine")
  })

  it("passes on that another profile is being taken, and leaves no file", async () => {
    const [address = "", key = ""] = readFileSync(addressFile, "utf8").split("\n")
    const before = runnerd.log.length
    const gone = new AbortController()
    const headers = { authorization: `Bearer ${key}` }
    const first = fetch(`http://${address}/debug/pprof/profile?seconds=300`, { headers, signal: gone.signal })
    first.catch(() => {})
    await world.until("the first has begun", 60_000, () => runnerd.log.length > before)
    const out = join(world.folder, "second.cpuprofile")
    const { code, err } = await profile("cpu", "--config", world.configFile, "--out", out)
    gone.abort()
    assert.strictEqual(code, 1)
    assert.match(err, /^profile: a CPU profile is being taken; try again when it is over$/m)
    assert.isFalse(existsSync(out))
  })

  it("a second process that cannot start leaves the first one's address file alone", async () => {
    const before = readFileSync(addressFile, "utf8")
    const refused = await world.start().then(
      () => "it started",
      (error: Error) => error.message
    )
    assert.match(refused, /Another runnerd uses/)
    assert.strictEqual(readFileSync(addressFile, "utf8"), before)
  })

  it("says that the process is over when it was killed; the next one's file takes that one's place", async () => {
    const stale = readFileSync(addressFile, "utf8")
    await runnerd.kill()
    assert.strictEqual(readFileSync(addressFile, "utf8"), stale)
    const { code, err } = await profile("counters", "--config", world.configFile)
    assert.strictEqual(code, 1)
    assert.match(err, /^profile: nothing answers at 127\.0\.0\.1:\d+, which .*pprof names: that runnerd is over/m)
    runnerd = await world.start()
    assert.notStrictEqual(readFileSync(addressFile, "utf8"), stale)
    const out = join(world.folder, "after.json")
    assert.strictEqual((await profile("counters", "--config", world.configFile, "--out", out)).code, 0)
    assert.strictEqual((parsed(out) as Counters).pid, runnerd.process.pid)
  })

  it("with a file that a killed process left, and another process at its address, says that, too", async () => {
    const [address = ""] = readFileSync(addressFile, "utf8").split("\n")
    const stale = join(world.folder, "stale.pprof")
    writeFileSync(stale, `${address}\nkey-of-another-life\n`)
    const { code, err } = await profile("counters", "--address-file", stale)
    assert.strictEqual(code, 1)
    assert.match(err, /^profile: another process listens at 127\.0\.0\.1:\d+, .*was killed$/m)
  })

  it("the address file goes when the process ends as it should", async () => {
    assert.strictEqual(await runnerd.stop(), 0)
    assert.isFalse(existsSync(addressFile))
  })

  it("a service that cannot write the file runs all the same, warns once, and is opened by the admin's token", async () => {
    const text = readFileSync(world.configFile, "utf8")
    writeFileSync(world.configFile, `${text}\nprofiling:\n  address_file: runnerd.yaml/r.pprof\n`)
    runnerd = await world.start()
    const warnings = runnerd.log.filter((line) => line.includes('"WARN"') && line.includes("profiling"))
    assert.lengthOf(warnings, 1)
    const { pprof, profiling_off } = await diagnostics()
    assert.deepStrictEqual([pprof[0]?.address_file, pprof[0]?.dump_script, profiling_off], ["", "", null])
    const answer = await fetch(`http://${pprof[0]?.address}/debug/vars`, {
      headers: { authorization: `Bearer ${adminToken}` }
    })
    assert.strictEqual(((await answer.json()) as Counters).pid, runnerd.process.pid)
    assert.strictEqual(await runnerd.stop(), 0)
  })

  it("switched off, there is none, and the diagnostics and the command say why", async () => {
    const text = readFileSync(world.configFile, "utf8")
    writeFileSync(world.configFile, text.replace(/ {2}address_file: .*\n/, "  enabled: false\n"))
    runnerd = await world.start()
    const { pprof, profiling_off } = await diagnostics()
    assert.deepStrictEqual([pprof, profiling_off], [[], "profiling.enabled is false"])
    const { code, err } = await profile("counters", "--config", world.configFile)
    assert.deepStrictEqual([code, err], [1, "profile: profiling.enabled is false in this configuration\n"])
    assert.strictEqual(await runnerd.stop(), 0)
  })
})
