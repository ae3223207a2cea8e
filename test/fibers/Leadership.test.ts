// Whether a sweep takes place on this node.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Leadership } from "../../src/fibers/Leadership.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { Warnings } from "../../src/services/Warnings.ts"

const node = { incarnation: "n", startedAt: 0, isLost: Effect.succeed(false), lead: Effect.succeed(true) }

/** What became of one step, and the warnings that there are then. */
const stepOf = (confirmed: boolean, lease: Partial<typeof node>) =>
  Effect.gen(function* () {
    let swept = false
    const { only } = yield* Leadership
    yield* only(Effect.sync(() => (swept = true)))
    const warnings = yield* Effect.flatMap(Warnings, ({ all }) => all)
    return { swept, warnings: warnings.map(({ code, message }) => `${code}: ${message}`) }
  }).pipe(
    Effect.provide(
      Leadership.layer.pipe(
        Layer.provideMerge(Warnings.layer),
        Layer.provide(Layer.succeed(Instance, { id: "i", tag: "i", confirmed })),
        Layer.provide(Layer.mock(NodeLease)({ ...node, ...lease }))
      )
    )
  )

describe("a sweep", () => {
  it.effect("takes place on the node that leads, and there is no warning", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* stepOf(true, {}), { swept: true, warnings: [] })
    })
  )
  it.effect("does not on one that does not lead, nor on one whose lease is lost", () =>
    Effect.gen(function* () {
      assert.isFalse((yield* stepOf(true, { lead: Effect.succeed(false) })).swept)
      assert.isFalse((yield* stepOf(true, { isLost: Effect.succeed(true) })).swept)
    })
  )
  it.effect("does not while nobody has confirmed the database, which is a warning that says what to do", () =>
    Effect.gen(function* () {
      const { swept, warnings } = yield* stepOf(false, {})
      assert.isFalse(swept)
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings[0]!, /^database_unconfirmed: .*`runnerd confirm-database`/)
    })
  )
})
