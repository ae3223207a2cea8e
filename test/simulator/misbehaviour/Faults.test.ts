// Which call meets which fault, without any server.
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { FaultRefused, parseFault } from "../../../src/simulator/misbehaviour/Fault.ts"
import { Faults } from "../../../src/simulator/misbehaviour/Faults.ts"
import { brokenOff, misbehave } from "../../../src/simulator/misbehaviour/Misbehave.ts"
import { stormFault, stormKinds } from "../../../src/simulator/misbehaviour/Storm.ts"

const vocabulary = { operations: new Set(["create", "kill", "list"]), failures: new Set(["full"]) }
const faults = () => new Faults(() => vocabulary)
const status = (code: number) => ({ status: code })

describe("a fault", () => {
  it("meets one call, then is used up", () => {
    const all = faults()
    all.add({ operation: "create", answer: status(500) })
    assert.strictEqual(all.take("kill").spoiling, undefined)
    assert.deepStrictEqual(all.take("create").spoiling?.answer, status(500))
    assert.strictEqual(all.take("create").spoiling, undefined)
    assert.isEmpty(all.pending())
  })

  it("meets as many calls as it says, and all of them when it says always", () => {
    const all = faults()
    all.add({ operation: "create", answer: status(500), times: 2 })
    all.add({ operation: "kill", answer: status(500), times: "always" })
    for (const expected of [true, true, false]) assert.strictEqual(all.take("create").spoiling !== undefined, expected)
    for (let call = 0; call < 20; call += 1) assert.isDefined(all.take("kill").spoiling)
    assert.strictEqual(all.pending()[0]?.left, "always")
  })

  it("lets as many calls pass as it says", () => {
    const all = faults()
    all.add({ operation: "create", answer: "reset", skip: 2 })
    assert.deepStrictEqual(
      [1, 2, 3, 4].map(() => all.take("create").spoiling !== undefined),
      [false, false, true, false]
    )
  })

  it("comes before a later one for the same operation, and before those for any operation", () => {
    const all = faults()
    all.add({ operation: "*", answer: status(503) })
    all.add({ operation: "create", answer: status(500) })
    all.add({ operation: "create", answer: status(502) })
    const statuses = [1, 2, 3, 4].map(() => all.take("create").spoiling?.answer)
    assert.deepStrictEqual(statuses, [status(500), status(502), status(503), undefined])
  })

  it("that only delays goes together with one that answers", () => {
    const all = faults()
    all.add({ operation: "*", delayMs: 20, times: "always" })
    all.add({ operation: "create", delayMs: 300, answerDelayMs: 5, answer: "reset" })
    assert.deepInclude(all.take("create"), { delayMs: 320, answerDelayMs: 5 })
    assert.deepStrictEqual(all.take("create"), { spoiling: undefined, delayMs: 20, answerDelayMs: 0 })
  })

  it("for any operation does not mean what stands beside the API", () => {
    const all = faults()
    all.add({ operation: "*", answer: "reset" })
    all.add({ operation: "list", answer: "malformed" })
    all.storm = { seed: 1, share: 1 }
    assert.deepStrictEqual(all.takeNamed("kill"), { spoiling: undefined, delayMs: 0, answerDelayMs: 0 })
    assert.strictEqual(all.takeNamed("list").spoiling?.answer, "malformed")
  })

  it("with a chance meets about that share of the calls, the same ones with the same seed", () => {
    const met = (seed: number, others: number) => {
      const all = faults()
      all.seed = seed
      all.add({ operation: "*", answer: "reset", chance: 0.3, times: "always" })
      return Array.from({ length: 1000 }, () => {
        for (let other = 0; other < others; other += 1) all.take("kill")
        return all.take("create").spoiling !== undefined
      })
    }
    assert.deepStrictEqual(met(7, 0), met(7, 2))
    assert.notDeepEqual(met(7, 0), met(8, 0))
    const hits = met(7, 0).filter(Boolean).length
    assert.isAbove(hits, 230)
    assert.isBelow(hits, 370)
  })

  for (const [what, value, word] of [
    ["an unknown operation", { operation: "creat", answer: "reset" }, "create, kill, list"],
    ["an unknown failure", { operation: "create", answer: { failure: "fool" } }, "full"],
    ["a key that no fault has", { operation: "create", answr: "reset" }, "answr"],
    ["a status that is none", { operation: "create", answer: { status: 1000 } }, "599"],
    ["headers that are no texts", { operation: "create", answer: { status: 500, headers: { a: 1 } } }, "headers"],
    ["no misbehaviour at all", { operation: "create" }, "delayMs"],
    ["a negative delay", { operation: "create", delayMs: -1 }, "milliseconds"],
    ["half a call", { operation: "create", answer: "reset", times: 0.5 }, "always"],
    ["a chance above one", { operation: "create", answer: "reset", chance: 2 }, "share"],
    ["an unknown when", { operation: "create", answer: "reset", when: "then" }, "before or after"],
    ["no object", "reset", "object"]
  ] as const) {
    it(`with ${what} is refused with what to write instead, and nothing of a list is taken`, () => {
      const all = faults()
      assert.throws(() => all.addUnknown([{ operation: "create", answer: "reset" }, value]), FaultRefused, word)
      assert.isEmpty(all.pending())
    })
  }

  it("of any form that the language allows is taken", () => {
    const answer = fc.oneof(
      fc.constantFrom("reset" as const, "malformed" as const),
      fc.record({ status: fc.integer({ min: 100, max: 599 }) }),
      fc.constant({ failure: "full" })
    )
    const fault = fc.record(
      {
        operation: fc.constantFrom("*", "create", "kill"),
        answer,
        when: fc.constantFrom("before" as const, "after" as const),
        delayMs: fc.nat(),
        times: fc.oneof(fc.integer({ min: 1 }), fc.constant("always" as const)),
        skip: fc.nat(),
        chance: fc.double({ min: 0, max: 1, noNaN: true })
      },
      { requiredKeys: ["operation", "answer"] }
    )
    fc.assert(fc.property(fault, (value) => assert.strictEqual(parseFault(value, vocabulary), value)))
  })
})

describe("a storm", () => {
  it("spoils about the share of calls that it says, with all its kinds, and the same calls with the same seed", () => {
    const storm = { seed: 11, share: 0.4 }
    const met = Array.from({ length: 2000 }, (_, call) => stormFault(storm, "create", call))
    assert.deepStrictEqual(
      met,
      Array.from({ length: 2000 }, (_, call) => stormFault(storm, "create", call))
    )
    const hits = met.filter((fault) => fault !== undefined)
    assert.isAbove(hits.length, 700)
    assert.isBelow(hits.length, 900)
    const forms = new Set(hits.map(({ answer, when }) => `${typeof answer === "object" ? "status" : answer} ${when}`))
    assert.sameMembers(
      [...forms],
      ["undefined undefined", "status undefined", "reset undefined", "reset after", "malformed undefined"]
    )
  })

  it("keeps to its kinds and operations", () => {
    const storm = { seed: 3, share: 1, kinds: ["lost"], operations: ["create"] } as const
    assert.deepStrictEqual(stormFault(storm, "create", 1), { operation: "create", answer: "reset", when: "after" })
    assert.strictEqual(stormFault(storm, "kill", 1), undefined)
  })

  it("gives way to a fault that somebody asked for, and is over with clear", () => {
    const all = faults()
    all.storm = { seed: 3, share: 1, kinds: ["reset"] }
    all.add({ operation: "create", answer: status(418) })
    assert.deepStrictEqual(all.take("create").spoiling?.answer, status(418))
    assert.strictEqual(all.take("create").spoiling?.answer, "reset")
    all.clear()
    assert.strictEqual(all.take("create").spoiling, undefined)
  })

  for (const [what, value] of [
    ["a seed", { share: 1 }],
    ["a share", { seed: 1, share: "all" }],
    ["known kinds", { seed: 1, share: 1, kinds: ["rain"] }],
    ["known operations", { seed: 1, share: 1, operations: ["rain"] }],
    ["milliseconds", { seed: 1, share: 1, slowMs: "long" }]
  ] as const) {
    it(`without ${what} is refused`, () => {
      assert.throws(() => faults().stormUnknown(value), FaultRefused)
    })
  }

  it("knows only kinds that are listed", () => {
    assert.strictEqual(new Set(stormKinds).size, 6)
  })
})

describe("a call that meets a fault", () => {
  const run = async (fault: Parameters<Faults["add"]>[0]) => {
    const all = faults()
    all.add(fault)
    const course: Array<string> = []
    const answer = await misbehave<string>({
      met: all.take("create"),
      wait: async (millis) => void course.push(`wait ${millis}`),
      effect: () => {
        course.push("effect")
        return "true"
      },
      spoil: (_, real) => `spoilt ${real}`
    })
    return { course, answer }
  }

  it("has no effect when it is spoilt before", async () => {
    assert.deepStrictEqual(await run({ operation: "create", answer: "reset" }), { course: [], answer: undefined })
    const refused = await run({ operation: "create", answer: status(500) })
    assert.deepStrictEqual(refused, { course: [], answer: "spoilt undefined" })
  })

  it("has its effect when only its answer is lost or malformed", async () => {
    const lost = await run({ operation: "create", answer: "reset", when: "after" })
    assert.deepStrictEqual(lost, { course: ["effect"], answer: undefined })
    const malformed = await run({ operation: "create", answer: "malformed" })
    assert.deepStrictEqual(malformed, { course: ["effect"], answer: "spoilt true" })
  })

  it("takes effect late, or answers late", async () => {
    const late = await run({ operation: "create", delayMs: 3, answerDelayMs: 4 })
    assert.deepStrictEqual(late, { course: ["wait 3", "effect", "wait 4"], answer: "true" })
  })
})

describe("a malformed answer", () => {
  it("is never valid JSON, whatever object or list it was", () => {
    const body = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()))
    const isBroken = (value: unknown) => {
      assert.throws(() => JSON.parse(brokenOff(value)), SyntaxError)
    }
    fc.assert(fc.property(body, isBroken))
    isBroken(undefined)
  })
})
