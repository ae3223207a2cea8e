import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as LeasedCalls from "../../src/fibers/LeasedCalls.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { settle } from "./ActorFixture.ts"

const changing = {
  sandboxes: ["create", "kill", "setTimeout", "start", "writeFile"],
  github: ["createJitConfig", "deleteRunner", "registrationToken"]
}
const looking = {
  sandboxes: ["connect", "get", "list", "templateStatus"],
  github: ["findRunner", "getJob", "hookDeliveries", "installedRepositories", "listRunners"]
}

type Call = () => Effect.Effect<void>
type Calls = Readonly<Record<string, Call>>

/** Services of which it is only known that a method was called. */
const recording = (names: ReadonlyArray<string>, called: Array<string>): Calls =>
  Object.fromEntries(names.map((name) => [name, () => Effect.sync(() => void called.push(name))]))

const make = Effect.gen(function* () {
  const called: Array<string> = []
  const may = yield* Deferred.make<void>()
  const outside = Layer.mergeAll(
    Layer.succeed(GitHub, recording([...changing.github, ...looking.github], called) as never),
    Layer.succeed(Sandboxes, recording([...changing.sandboxes, ...looking.sandboxes], called) as never),
    Layer.succeed(NodeLease, { mayAct: Deferred.await(may) } as never)
  )
  const services = yield* Layer.build(Layer.provide(LeasedCalls.layer, outside))
  const github = Context.get(services, GitHub) as unknown as Calls
  const sandboxes = Context.get(services, Sandboxes) as unknown as Calls
  const callAll = (names: typeof changing) => [
    ...names.github.map((name) => github[name]!()),
    ...names.sandboxes.map((name) => sandboxes[name]!())
  ]
  return { called, may, callAll }
})

describe("a node without a lease", () => {
  it.effect("changes nothing outside until it may act again, and may look all the while", () =>
    Effect.gen(function* () {
      const { callAll, called, may } = yield* make
      const waiting = yield* Effect.forEach(callAll(changing), (call) => Effect.forkChild(call))
      yield* Effect.all(callAll(looking))
      yield* settle
      assert.sameMembers(called, [...looking.github, ...looking.sandboxes])
      called.length = 0
      yield* Deferred.succeed(may, undefined)
      yield* Fiber.joinAll(waiting)
      assert.sameMembers(called, [...changing.github, ...changing.sandboxes])
    }).pipe(Effect.scoped)
  )
})
