import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as RefusalBodies from "../../../src/http/middleware/RefusalBodies.ts"
import { noting, RouteTable } from "../../../src/http/RouteTable.ts"
import { call, manage, story, withToken } from "../ServerFixture.ts"

const spec = { name: "small", labels: ["e2b"], template_id: "runner" }
const sentByPost = (contentType: string, body: string) =>
  call("POST", "/runner_specs", { headers: { ...withToken, "content-type": contentType }, body })

describe("what is refused before any handler is asked is told in the same form as everything else", () => {
  for (const [what, ask, status, code] of [
    ["a body of another type", sentByPost("text/plain", JSON.stringify(spec)), 415, "unsupported_media_type"],
    [
      "a body above 1 MiB",
      manage("POST", "/runner_specs", { ...spec, name: "x".repeat(2 ** 20) }),
      413,
      "body_too_large"
    ],
    ["a path that is no UTF-8", manage("GET", "/runner_requests/%E0%A4%A"), 400, "invalid_path"],
    ["a path with a broken escape", manage("GET", "/%zz"), 400, "invalid_path"],
    ["an address that is not there", call("GET", "/runner_secrets"), 404, "not_found"],
    ["a NUL in a path", manage("DELETE", "/runner_groups/a%00b"), 400, "invalid_path"],
    ["a NUL in a query", manage("GET", "/audit-events?actor=%00"), 400, "invalid_path"],
    [
      "an address that its answer's Link could not hold twice",
      manage("GET", `/audit-events?a=${"x".repeat(6 * 1024)}`),
      414,
      "address_too_long"
    ],
    ["an id longer than any", manage("GET", `/runner_requests/${"1".repeat(200)}`), 404, "not_found"]
  ] as const) {
    story(
      `${what}: ${status} with a sentence and a code`,
      Effect.gen(function* () {
        const answer = yield* ask
        assert.strictEqual(answer.status, status)
        assert.match(answer.headers.get("content-type") ?? "", /^application\/json/)
        assert.deepInclude(answer.json, { code })
        assert.isNotEmpty((answer.json as { readonly error: string }).error)
      })
    )
  }

  for (const [method, path, allow] of [
    ["PUT", "/runner_specs", "GET, HEAD, POST"],
    ["POST", "/runner_specs/small?x=1", "DELETE, GET, HEAD, PATCH"],
    ["GET", "/runner_requests/101/retry", "POST"],
    ["DELETE", "/healthz", "GET, HEAD"],
    ["GET", "/webhooks/github", "POST"],
    ["POST", "/admin/requests/101", "GET, HEAD"],
    ["POST", "/admin", "GET, HEAD"],
    ["POST", "/openapi.json", "GET, HEAD"],
    ["OPTIONS", "/runner_specs", "GET, HEAD, POST"],
    ["PURGE", "/runner_requests/101", "DELETE, GET, HEAD"]
  ] as const) {
    story(
      `${method} ${path}: 405 that names ${allow}`,
      Effect.gen(function* () {
        const answer = yield* call(method, path)
        assert.strictEqual(answer.status, 405)
        assert.strictEqual(answer.headers.get("allow"), allow)
        assert.deepInclude(answer.json, { code: "method_not_allowed" })
      })
    )
  }

  story(
    "HEAD is answered as GET is, without a body",
    Effect.gen(function* () {
      const answer = yield* call("HEAD", "/runner_specs", { headers: withToken })
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.text, "")
    })
  )

  it.live("a defect is a 500 that says where to look, and nothing of what it was", () =>
    Effect.gen(function* () {
      const answer = yield* call("GET", "/broken")
      assert.strictEqual(answer.status, 500)
      assert.deepEqual(answer.json, { error: "runnerd failed at this; its log says how", code: "internal" })
    }).pipe(
      Effect.provide(
        HttpRouter.serve(
          Layer.mergeAll(RefusalBodies.layer, HttpRouter.add("GET", "/broken", Effect.die("hush"))).pipe(
            Layer.provide(noting),
            Layer.provide(RouteTable.layer({}))
          ),
          { disableLogger: true, disableListenLog: true }
        ).pipe(Layer.provideMerge(NodeHttpServer.layerTest))
      )
    )
  )
})
