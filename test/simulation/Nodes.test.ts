// Lives made by hand: what two nodes on one database owe each other, and that the judgement would notice if they did not.
import { assert, describe, it } from "@effect/vitest"
import { makeConfig } from "../fibers/ActorFixture.ts"
import type { Row } from "../support/WorldDatabase.ts"
import { Judgement } from "./Judgement.ts"
import type { Deed, Schedule } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"
import type { SimulatedNode } from "./SimulatedNode.ts"
import type { SimulatedOutside } from "./SimulatedOutside.ts"

const second = 1000
const minute = 60 * second

/** So many jobs of four minutes each, and nothing goes wrong but what is given. */
const life = (
  jobs: number,
  over: Partial<Schedule>,
  ...deeds: ReadonlyArray<{ at: number; deed: Deed }>
): Schedule => ({
  seed: 1,
  nodes: 2,
  isApp: false,
  registrationMode: "jit",
  specs: [{ name: "small", labels: ["self-hosted", "e2b"], maxConcurrency: 0, runnerGroup: null }],
  maxRunners: "unlimited",
  createsPerSecond: "unlimited",
  lostNews: 0,
  deeds: jobs === 0 ? deeds : [{ at: 0, deed: run(jobs) }, ...deeds],
  storms: { e2b: null, github: null },
  faults: { e2b: [], github: [] },
  webhooks: [],
  runners: [],
  calmAt: 10 * minute,
  ...over
})

const run = (jobs: number): Deed => ({
  _tag: "Run",
  run: {
    repository: "acme/web",
    workflow: "ci",
    event: "push",
    jobs: Array.from({ length: jobs }, (_, index) => ({
      name: `job-${index}`,
      labels: ["self-hosted", "e2b"],
      steps: [{ name: "work", seconds: 240 }]
    }))
  }
})

/** Which line says it first, from 0; the life has to have come to a good end. */
const lineOf = async (schedule: Schedule) => {
  const { problems, trace } = await simulate(schedule)
  assert.deepStrictEqual(problems, [])
  return (text: string) => trace.findIndex((line) => line.includes(text))
}

describe("two nodes on one database", { timeout: 300_000 }, () => {
  it("adopt what one held that dies, before it is back", async () => {
    const first = await lineOf(
      life(8, {}, { at: minute, deed: { _tag: "Crash", node: 0, upon: null, forMillis: 5 * minute } })
    )
    const adopted = first("Another process follows the runner")
    assert.isAbove(adopted, first("node1 is down"))
    assert.isBelow(adopted, first("All is calm"))
  })
  it("adopt what one holds that stands still past its lease; it begins anew when it goes on", async () => {
    const first = await lineOf(
      life(8, {}, { at: minute, deed: { _tag: "Freeze", node: 0, upon: null, forMillis: 2 * minute } })
    )
    const adopted = first("Another process follows the runner")
    const goesOn = first("node1 goes on")
    assert.isAbove(adopted, 0)
    assert.isBelow(adopted, goesOn)
    assert.isAbove(first("This node stops acting and begins anew"), goesOn)
  })
  it("adopt what one holds that is cut off from the database past its lease; it begins anew when it reaches it again", async () => {
    const first = await lineOf(
      life(8, {}, { at: minute, deed: { _tag: "CutOff", node: 0, upon: null, forMillis: 2 * minute } })
    )
    const adopted = first("Another process follows the runner")
    assert.isAbove(adopted, 0)
    assert.isBelow(adopted, first("node1 reaches the database again"))
    assert.isAbove(first("This node stops acting and begins anew"), 0)
  })
  it("leave alone what one holds that stands still for less than its lease", async () => {
    const first = await lineOf(
      life(8, {}, { at: minute, deed: { _tag: "Freeze", node: 0, upon: null, forMillis: 15 * second } })
    )
    assert.isAbove(first("node1 goes on"), 0)
    assert.strictEqual(first("Another process follows the runner"), -1)
  })
  for (const node of [0, 1]) {
    it(`have the lead on whichever is left: without node ${node + 1} the App's log still has what reached neither`, async () => {
      const first = await lineOf(
        life(
          0,
          // The run's first word and the job's: nothing else tells of it before the log is read.
          { isApp: true, webhooks: [{ kind: "unreached", times: 2 }] },
          { at: 30 * second, deed: run(1) },
          { at: 30 * second, deed: { _tag: "Crash", node, upon: null, forMillis: 8 * minute } }
        )
      )
      assert.isAbove(first("waits for a runner (learnt by redelivery)"), 0)
    })
  }
})

describe("the judgement of a life", () => {
  const lease = 30 * second
  /** What it says of a node's call for a request that `owner` has; `lives`: the node's incarnations that do. */
  const said = (lives: ReadonlyArray<string>, owner: string) => {
    const outside = { fleet: { onCreated: () => undefined, onEnded: () => undefined } } as unknown as SimulatedOutside
    const rows = (query: string): ReadonlyArray<Row> =>
      query.includes("FROM nodes") ? lives.map((incarnation) => ({ incarnation })) : [{ owner }]
    const judgement = new Judgement(outside, makeConfig(), () => lease, rows)
    const node = { name: "node1", sessionKeys: lives.map((_, index) => index) } as unknown as SimulatedNode
    judgement.calls(node, { operation: "kill", changes: true, request: "id = '1'" })
    return judgement.problems
  }
  it("sees a node change something outside without a lease", () => {
    assert.deepStrictEqual(said([], "node1-1"), ["node1 makes a call (kill) though its lease is over"])
  })
  it("sees a node do something for a request that another has", () => {
    assert.lengthOf(said(["node1-1"], "node2-1"), 1)
    assert.deepStrictEqual(said(["node1-1"], "node1-1"), [])
  })
})
