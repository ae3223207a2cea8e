// Seeds as tests: each is a life that must come to a good end.
import { assert, describe, it } from "@effect/vitest"
import { describeReport } from "./DescribeReport.ts"
import { scheduleOf } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

/** `seeds` of them from `first` on. */
export const seedSuite = (first: number, seeds: number): void => {
  describe("a simulated life comes to a good end", () => {
    for (let seed = first; seed < first + seeds; seed += 1) {
      it(`seed ${seed}`, async () => {
        const report = await simulate(scheduleOf(seed))
        assert.strictEqual(report.problems.length, 0, describeReport(seed, report))
      })
    }
  })
}
