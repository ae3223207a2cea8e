// runnerd is killed -9 before and after every outside effect and every commit, and started again: nothing is lost, doubled or left.
//
// `npm run test:faults` finds the points by passing them, tries each on both databases, and fails when one that must be met was
// not; `npm test` tries a sample.
import { assert, describe, it } from "@effect/vitest"
import { selectionOf } from "./CrashSelection.ts"
import { Matrix, replay } from "./FaultMatrix.ts"
import { noRecord, openRecord } from "./FaultRecord.ts"
import { type Backend, backends, play } from "./FaultRun.ts"
import { scenes } from "./FaultScenes.ts"

const asked = process.env["RUNNERD_TEST_FAULTS"]

const sample: ReadonlyArray<readonly [Backend, string]> = [
  ["sqlite", "calm: killed before commit of workflow_job queued, passing 2"],
  ["sqlite", "calm: killed after commit of claim, passing 1"],
  ["sqlite", "rough: killed after GitHub createJitConfig, passing 1"],
  ["sqlite", "calm, with tokens: killed after E2B start, passing 1"],
  ["sqlite", "calm: killed before commit CleanedUp, passing 1"],
  ["sqlite", "rough: killed after commit AttemptFailed, passing 1"],
  ["postgres", "calm: killed after commit of workflow_job queued, passing 1"],
  ["postgres", "calm: killed after E2B create, passing 2"],
  ["postgres", "taking over: killed before E2B connect, passing 1"],
  ["postgres", "webhooks lost: killed before commit of workflow_job queued by redelivery, passing 1"]
]

describe.skipIf(asked !== undefined)("a sample of the crash points", { timeout: 1_800_000, concurrent: true }, () => {
  for (const [backend, name] of sample) {
    it(`${backend}: ${name}`, async () => {
      const { only } = selectionOf(name)
      assert.isDefined(only)
      const { died } = await play(backend, only.scene, only.crash)
      assert.isTrue(died, `it never came to that point; again: ${replay(backend, only)}`)
    })
  }
})

const selection = selectionOf(asked ?? "")

describe.runIf(asked !== undefined)("crash points", { timeout: 8 * 3600 * 1000 }, () => {
  for (const backend of backends) {
    it.runIf(selection.backends.includes(backend))(`${backend}: nothing is lost, doubled or left`, async () => {
      const { only, record, words } = selection
      const matrix = new Matrix(backend, record === undefined ? noRecord : openRecord(record))
      if (only !== undefined) await matrix.die(only)
      else for (const scene of scenes) await matrix.playScene(scene, words)
      if (words === "") await matrix.meetTheRest()
      console.log(matrix.summary())
      assert.deepStrictEqual(matrix.failures, [])
      assert.isAbove(matrix.survived, 0, "no death was tried")
    })
  }
})
