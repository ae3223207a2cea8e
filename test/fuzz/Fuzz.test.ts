// Requests derived from docs/openapi.json, on both databases: whatever is asked, no answer is the server's fault, each is what
// the document says, and what reads or is refused writes nothing.
//
// `npm run test:fuzz` sends twenty thousand to each with a new seed; its first word is how many, its second a seed to send
// them by again. `npm test` sends the same few thousand each time.
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpServer from "effect/http/HttpServer"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { servedOn } from "../http/ServerFixture.ts"
import { postgres, sqliteInMemory } from "../support/StoreBackends.ts"
import { routes } from "./ApiDocument.ts"
import { changesNothing, judge } from "./Judge.ts"
import { type FuzzedRequest, fuzzedRequests, tokens } from "./RequestArbitrary.ts"
import { scene, writes } from "./Scene.ts"
import { Wire } from "./Wire.ts"

const [count = "", seed = ""] = (process.env["RUNNERD_TEST_FUZZ"] ?? "3000 1").split(" ")
const numRuns = Number(count)
/** What requests delete is put back after so many. */
const refreshedEvery = 200
const timeLimit = 60_000 + numRuns * 100

const base = makeConfig()
const roles = (["viewer", "operator"] as const).map((role) => ({
  name: role,
  role,
  token: Redacted.make(tokens[role])
}))
const config = { ...base, admin: { ...base.admin, tokens: roles } }

const told = ({ address, body, headers, method }: FuzzedRequest) =>
  `${method} ${address} ${JSON.stringify(headers)} ${body === undefined ? "" : body.slice(0, 2_000)}`

const wire = Effect.acquireRelease(
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    return new Wire(Number(new URL(HttpServer.formatAddress(address)).port))
  }),
  (each) => Effect.sync(() => each.close())
)

/** An address from which its right tokens were seen is not told to wait when wrong ones come from it. */
const seenOnce = (each: Wire) =>
  Effect.forEach(Object.values(tokens), (token) => {
    const [route = routes[0]!] = routes.filter(({ path }) => path === "/runner_specs")
    const headers = { authorization: `Bearer ${token}` }
    return Effect.promise(() =>
      each.send({ route, method: "GET", address: "/runner_specs", headers, body: undefined, straight: true })
    )
  })

describe("requests derived from docs/openapi.json", () => {
  for (const { layer, name } of [sqliteInMemory, postgres]) {
    it.live(
      `${name}: none is answered by a fault, or otherwise than described, and none writes that should not`,
      () =>
        Effect.gen(function* () {
          const seedOfRun = seed === "" ? Date.now() % 2 ** 31 : Number(seed)
          const to = yield* wire
          yield* seenOnce(to)
          const succeeded = new Set<string>()
          let before = ""
          for (const [index, request] of fc.sample(fuzzedRequests, { numRuns, seed: seedOfRun }).entries()) {
            if (index % refreshedEvery === 0) {
              yield* scene
              before = yield* writes
            }
            const answer = yield* Effect.promise(() => to.send(request))
            const after = yield* writes
            const faults = [
              ...judge(request, answer),
              ...(changesNothing(request, answer) && after !== before ? ["something was written"] : [])
            ]
            before = after
            if (answer.status < 300 && request.straight && request.method === request.route.method) {
              succeeded.add(request.route.operation.operationId)
            }
            assert.deepStrictEqual(
              faults,
              [],
              `seed ${seedOfRun}, request ${index}: ${told(request)}\n→ ${answer.status} ${answer.text?.slice(0, 2_000)}`
            )
          }
          // Or else the requests are too wild to say anything of what follows from them.
          const never = routes.filter(({ operation }) => !succeeded.has(operation.operationId))
          assert.deepStrictEqual(
            never.map(({ operation }) => operation.operationId),
            []
          )
        }).pipe(Effect.scoped, Effect.provide(servedOn(config, layer.pipe(Layer.orDie)))),
      timeLimit
    )
  }
})
