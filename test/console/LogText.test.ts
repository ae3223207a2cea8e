// The lines of a log in the console: as they arrive, and how many of them are kept.
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { appended, completeLines, mostLines } from "../../ui/src/pages/request/LogText.ts"

const whole = (chunks: ReadonlyArray<string>) => completeLines(chunks.reduce(appended, []))

describe("the lines of a log", () => {
  it("are the same however the text is cut into chunks", () => {
    const chunk = fc.string({ unit: fc.constantFrom("a", "b", "\n", "é") })
    fc.assert(fc.property(fc.array(chunk), (chunks) => assert.deepStrictEqual(whole(chunks), whole([chunks.join("")]))))
  })

  it("no more than the newest are kept", () => {
    const lines = whole(Array.from({ length: 25 }, (_, part) => `${part}\n`.repeat(1000)))
    assert.lengthOf(lines, mostLines - 1)
    assert.deepStrictEqual([lines[0], lines.at(-1)], ["5", "24"])
  })
})
