// `npm run demo` as a stranger sees it: its table, its exit code, and that it leaves nothing behind however it ends.
import { assert, describe, it } from "@effect/vitest"
import { until } from "../support/WorldWaiting.ts"
import { type Ended, startDemo } from "./WatchedProcess.ts"

const timeout = 150_000

const nothingIsLeft = (ended: Ended) => {
  for (const kind of ["sandbox at E2B", "runner at GitHub", "process", "temporary folder"]) {
    assert.include(ended.output, `No ${kind} is left.`)
  }
  assert.deepStrictEqual(ended.files, [], "files in its temporary folder")
  assert.deepStrictEqual(ended.processes, [], "processes")
}

/** The cells of each row of the table. */
const rows = (output: string): ReadonlyArray<ReadonlyArray<string>> =>
  output
    .split("\n")
    .filter((line) => /^│ \d+ /.test(line))
    .map((line) => line.split("│").map((cell) => cell.trim().replaceAll("'", "")))

describe("npm run demo", { timeout }, () => {
  it("with --once ends with a table in which every job ended as its workflow says, and exit code 0", async () => {
    const ended = await startDemo("--once").ended
    assert.strictEqual(ended.code, 0, ended.output)
    const table = rows(ended.output)
    assert.isAtLeast(table.length, 12)
    assert.strictEqual(new Set(table.map(([, , job]) => job?.split(" ")[0])).size, 3, "repositories")
    assert.strictEqual(new Set(table.map(([, , , spec]) => spec)).size, 3, "specs")
    const conclusions = table.map(([, , , , , , , conclusion]) => conclusion)
    assert.strictEqual(conclusions.filter((conclusion) => conclusion === "failure, as expected").length, 1)
    assert.isTrue(conclusions.every((conclusion) => ["success", "failure, as expected"].includes(conclusion ?? "")))
    for (const [, , job, , path, toCreate, toPickUp] of table) {
      assert.strictEqual(path, "webhook", job)
      assert.match(`${toCreate} ${toPickUp}`, /^\d+ \d+$/, job)
    }
    nothingIsLeft(ended)
  })

  it("with --scenario faults rides every kind of fault out: all jobs end as their workflows say, and nothing is left", async () => {
    const ended = await startDemo("--scenario", "faults", "--once").ended
    assert.strictEqual(ended.code, 0, ended.output)
    for (const fault of [
      "sandbox.create: sandbox_capacity_unavailable",
      "sandbox.create: 502",
      "sandbox.create: answer lost",
      "sandbox vanished",
      "actions/generate-runner-jitconfig-for-repo: 403",
      "unreached workflow_job queued",
      "duplicate workflow_job queued",
      "delay workflow_job in_progress",
      "drop workflow_job in_progress",
      "retry_for_ever"
    ]) {
      assert.include(ended.output, `'${fault}'`)
      const struck = ended.output.split("\n").filter((line) => / s {2}fault: \w+: /.test(line) && line.includes(fault))
      assert.isNotEmpty(struck, `when it struck: ${fault}`)
    }
    for (const answer of ["tried again, and spent an attempt", "waited, and spent no attempt", "delivered again"]) {
      assert.include(ended.output, answer)
    }
    nothingIsLeft(ended)
  })

  it("refuses a scenario file that it cannot read with exit code 2", async () => {
    const ended = await startDemo("--scenario", "nowhere.yaml", "--once").ended
    assert.strictEqual(ended.code, 2)
    assert.include(ended.output, "nowhere.yaml: cannot be read")
  })

  it("with --once and too little time says what is unfinished, and ends with exit code 1", async () => {
    const ended = await startDemo("--once", "--time-limit", "4").ended
    assert.strictEqual(ended.code, 1, ended.output)
    assert.match(ended.output, /Not finished within 4 s:\n {2}\S+ /)
    assert.match(ended.output, / {4}request \d+: \w+.*\n {6}\S+ {2}queued: Job /)
    nothingIsLeft(ended)
  })

  it("is interrupted while jobs run and leaves nothing", async () => {
    const demo = startDemo("--once")
    await demo.says("picked up by")
    demo.signal("SIGINT")
    const ended = await demo.ended
    assert.strictEqual(ended.code, 130, ended.output)
    nothingIsLeft(ended)
  })

  it("is terminated before runnerd listens and leaves nothing", async () => {
    const demo = startDemo("--once")
    await demo.says("GitHub is simulated at")
    demo.signal("SIGTERM")
    const ended = await demo.ended
    assert.strictEqual(ended.code, 143, ended.output)
    assert.notInclude(ended.output, "runnerd listens on")
    nothingIsLeft(ended)
  })

  it("stays up without --once, tells how to reach the console and the API, and ends with exit code 0 at Ctrl-C", async () => {
    const demo = startDemo()
    await demo.says("/logs/stdout.log")
    const [, authorization = "", url = ""] =
      /curl -H 'Authorization: ([^']+)' '(\S+\/events)'/.exec(demo.output()) ?? []
    const timeline = (await (await fetch(url, { headers: { authorization } })).json()) as ReadonlyArray<{
      code: string
    }>
    assert.strictEqual(timeline[0]?.code, "queued")
    const [, address = ""] = /The console is at (\S+)/.exec(demo.output()) ?? []
    const [, token = ""] = /Its token is +(\S+)/.exec(demo.output()) ?? []
    const page = await fetch(address)
    assert.strictEqual(page.status, 200)
    assert.include(await page.text(), "<title>runnerd</title>")
    const asked = await fetch(new URL("/whoami", address), { headers: { authorization: `Bearer ${token}` } })
    assert.strictEqual(asked.status, 200)
    // Whatever was asked for long ago: there is always a request that waits, and one that has failed.
    await demo.says("train")
    const listed = async (query: string) =>
      (await (
        await fetch(new URL(`/runner_requests?${query}`, address), { headers: { authorization } })
      ).json()) as ReadonlyArray<unknown>
    await until(
      "a failure and a waiting job",
      60_000,
      async () => (await listed("status=failed")).length > 0 && (await listed("waiting=true")).length > 0
    )
    demo.signal("SIGINT")
    const ended = await demo.ended
    assert.strictEqual(ended.code, 0, ended.output)
    nothingIsLeft(ended)
  })

  it("refuses an unknown argument with exit code 2", async () => {
    const ended = await startDemo("--twice").ended
    assert.strictEqual(ended.code, 2)
    assert.include(ended.output, "--twice")
    assert.include(ended.output, "--once")
  })
})
