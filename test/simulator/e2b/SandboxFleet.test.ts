// The state machine in memory, without HTTP or processes: what holds whatever is done to it.
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { SandboxFleet } from "../../../src/simulator/e2b/SandboxFleet.ts"
import { sandboxPage } from "../../../src/simulator/e2b/SandboxListing.ts"
import { TemplateCatalog } from "../../../src/simulator/e2b/TemplateCatalog.ts"
import { ManualTimeline } from "./ManualTimeline.ts"

const plan = { maxConcurrent: 3, maxHours: 1 }

const newFleet = () => {
  const timeline = new ManualTimeline()
  const templates = new TemplateCatalog()
  templates.replace([{ aliases: ["t"] }], timeline.now())
  let next = 0
  const ids = { sandboxID: () => `i${(next += 1)}`, token: () => "token" }
  return { timeline, fleet: new SandboxFleet({ timeline, ids, templates, plan, envdVersion: "0.6.13" }) }
}

const step = fc.oneof(
  fc.record({ do: fc.constant("create" as const), seconds: fc.integer({ min: -1, max: 4000 }) }),
  fc.record({ do: fc.constant("kill" as const), id: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    do: fc.constant("timeout" as const),
    id: fc.integer({ min: 1, max: 20 }),
    seconds: fc.integer({ min: -1, max: 8000 })
  }),
  fc.record({
    do: fc.constant("extend" as const),
    id: fc.integer({ min: 1, max: 20 }),
    seconds: fc.integer({ min: 0, max: 8000 })
  }),
  fc.record({ do: fc.constant("wait" as const), millis: fc.integer({ min: 0, max: 3_000_000 }) })
)

describe("laws of the fleet", () => {
  it("never above the plan, never beyond its hours, each sandbox ends exactly once, none outlives its end", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { timeline, fleet } = newFleet()
        const ends: Array<string> = []
        fleet.onEnded((record) => ends.push(record.sandboxID))
        for (const action of steps) {
          try {
            if (action.do === "create") {
              fleet.create({ templateID: "t", timeout: action.seconds }, { defaultTimeout: 300, secured: true })
            } else if (action.do === "kill") fleet.kill(`i${action.id}`)
            else if (action.do === "timeout") fleet.setTimeout(`i${action.id}`, action.seconds)
            else if (action.do === "extend") {
              const before = fleet.find(`i${action.id}`)?.endAt ?? 0
              assert.isAtLeast(fleet.extend(`i${action.id}`, action.seconds).endAt, before)
            } else timeline.advance(action.millis)
          } catch (failure) {
            assert.strictEqual((failure as Error).name, "ControlFailure")
          }
          const live = [...fleet.live()]
          const counts = fleet.counts()
          assert.isAtMost(live.length, plan.maxConcurrent)
          for (const record of live) {
            assert.isAbove(record.endAt, timeline.now())
            assert.isAtMost(record.endAt - record.startedAt, plan.maxHours * 3_600_000)
          }
          assert.strictEqual(new Set(ends).size, ends.length)
          assert.strictEqual(counts.creates, live.length + ends.length)
          assert.strictEqual(ends.length, counts.kills + counts.expirations)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("a walk through the pages shows each sandbox once, whatever the page size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        (waits, size) => {
          const { timeline, fleet } = newFleet()
          fleet.setPlan({ maxConcurrent: 100, maxHours: 1 })
          for (const wait of waits) {
            timeline.advance(wait)
            fleet.create({ templateID: "t" }, { defaultTimeout: 300, secured: true })
          }
          for (const order of ["asc", "desc"]) {
            const seen: Array<string> = []
            let token: string | undefined
            do {
              const query = new URLSearchParams({ limit: String(size), order, nextToken: token ?? "" })
              const page = sandboxPage(fleet.live(), query)
              seen.push(...page.sandboxes.map((record) => record.sandboxID))
              token = page.nextToken
            } while (token !== undefined)
            assert.sameMembers(
              seen,
              [...fleet.live()].map((record) => record.sandboxID)
            )
          }
        }
      )
    )
  })
})
