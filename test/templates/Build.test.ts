// `npm run template:build` and `template:list` with the real SDK against a simulated E2B.
import { E2B } from "e2b"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { stageFolder } from "../../scripts/template/Definition.ts"
import { sum } from "./Makers.ts"
import { testing } from "./TemplateFixture.ts"
import { apiKey, services, templateWorld } from "./TemplateWorld.ts"

const clientOf = ({ E2B_API_URL: url }: { readonly E2B_API_URL: string }) =>
  new E2B({ apiKey, apiUrl: url, sandboxUrl: url, retries: 0 })

/** The simulator's word for how often it was asked for a build. */
const requests = (out: string) => out.split("\n").filter((line) => line.startsWith("Building ")).length

describe("template:build", () => {
  it.live("builds the one for trying out, from the locked image, with its size, and tells of each step", () =>
    Effect.gen(function* () {
      const { template, env } = yield* templateWorld()
      const { code, out, err } = yield* template(["build", "testing"])
      assert.strictEqual(code, 0, err)
      const lines = [
        `FROM ubuntu@sha256:${sum("7")}`,
        "USER root",
        `COPY testing/tools.sh ${stageFolder}/tools.sh`,
        `COPY testing/list.txt ${stageFolder}/list.txt`,
        `RUN bash ${stageFolder}/tools.sh 'go|1.26.3|${sum("1")}|https://go.dev/dl/go1.26.3.linux-amd64.tar.gz'`,
        "USER user"
      ]
      const places = lines.map((line) => out.indexOf(line))
      assert.notInclude(places, -1, out)
      assert.deepStrictEqual(
        places,
        places.toSorted((a, b) => a - b)
      )
      assert.include(out, "template_id: testing-dev")
      const { Sandbox, Template } = clientOf(env)
      const sandbox = yield* Effect.promise(() => Sandbox.create("testing-dev"))
      const info = yield* Effect.promise(() => sandbox.getInfo())
      assert.deepStrictEqual([info.cpuCount, info.memoryMB], [testing.cpuCount, testing.memoryMB])
      assert.isFalse(yield* Effect.promise(() => Template.exists("testing")))
      assert.strictEqual((yield* template(["build", "testing", "--prod"])).code, 0)
      assert.isTrue(yield* Effect.promise(() => Template.exists("testing")))
    }).pipe(services)
  )

  it.live("builds nothing that is there as it is here, and builds what has changed, in whatever way", () =>
    Effect.gen(function* () {
      const { template, change } = yield* templateWorld()
      yield* template(["build", "testing"])
      const again = yield* template(["build", "testing"])
      assert.strictEqual(again.code, 0)
      assert.include(again.out, "testing-dev is unchanged")
      assert.strictEqual(requests(again.out), 0)
      assert.strictEqual(requests((yield* template(["build", "testing", "--force"])).out), 1)
      yield* change("testing/tools.sh", "#!/usr/bin/env bash\necho other tools\n")
      assert.strictEqual(requests((yield* template(["build", "testing"])).out), 1)
      yield* change("testing/template.json", JSON.stringify({ ...testing, memoryMB: 2048 }))
      assert.strictEqual(requests((yield* template(["build", "testing"])).out), 1)
      assert.strictEqual(requests((yield* template(["build", "testing"])).out), 0)
    }).pipe(services)
  )

  it.live("uploads no file twice that has not changed", () =>
    Effect.gen(function* () {
      const { template, change, simulator } = yield* templateWorld()
      yield* template(["build", "testing"])
      yield* change("testing/list.txt", "another list\n")
      simulator.faults.add({ operation: "template.upload", answer: { status: 500 }, skip: 1 })
      assert.strictEqual((yield* template(["build", "testing"])).code, 0)
    }).pipe(services)
  )

  it.live("says in which stage a build failed and why, leaves the build before it in use, and builds again", () =>
    Effect.gen(function* () {
      const { template, simulator, change } = yield* templateWorld()
      yield* template(["build", "testing"])
      yield* change("testing/list.txt", "another list\n")
      simulator.builds.plan = { stepMs: 1, failAt: { step: "6", message: "exit status 1", times: 1 } }
      const { code, out, err } = yield* template(["build", "testing"])
      assert.strictEqual(code, 1)
      assert.include(err, "The build failed in the stage tools (step 6): exit status 1")
      assert.notInclude(out, "Built in")
      assert.include((yield* template(["list"])).out, "older than what is here")
      assert.strictEqual(requests((yield* template(["build", "testing"])).out), 1)
      simulator.builds.plan = { stepMs: 1, failAt: { step: "base", message: "no such image", times: 1 } }
      assert.include((yield* template(["build", "testing", "--force"])).err, "at its base image, ubuntu:24.04: no such")
    }).pipe(services)
  )

  it.live("goes on when a look at a running build fails now and then", () =>
    Effect.gen(function* () {
      const { template, simulator } = yield* templateWorld()
      simulator.faults.add({ operation: "template.buildStatus", answer: { status: 502 }, skip: 1 })
      const { code, err } = yield* template(["build", "testing"])
      assert.strictEqual(code, 0, err)
      assert.isEmpty(simulator.faults.pending())
    }).pipe(services)
  )

  it.live("asks E2B for nothing while a checksum is not verified", () =>
    Effect.gen(function* () {
      const { template, simulator, change } = yield* templateWorld()
      yield* change("runner-version", "2.339.0\n")
      const { code, err } = yield* template(["build", "testing"])
      assert.strictEqual(code, 1)
      assert.include(err, "actions-runner is to be 2.339.0, and 2.338.2 is locked")
      assert.include(err, "npm run template:lock -- testing")
      assert.strictEqual(simulator.calls().control, 0)
    }).pipe(services)
  )

  it.live(
    "says what to do about a key that is missing or wrong, without showing it, and about an E2B that is away",
    () =>
      Effect.gen(function* () {
        const { template, env } = yield* templateWorld()
        assert.include((yield* template(["build", "testing"], {})).err, "Set E2B_API_KEY")
        const secret = "e2b_ffffffffffffffff"
        const wrong = yield* template(["build", "testing"], { ...env, E2B_API_KEY: secret })
        assert.strictEqual(wrong.code, 1)
        assert.include(wrong.err, "does not accept the API key")
        assert.notInclude(`${wrong.out}${wrong.err}`, secret)
        const away = yield* template(["build", "testing"], { ...env, E2B_API_URL: "http://127.0.0.1:9" })
        assert.include(away.err, "http://127.0.0.1:9 cannot be reached")
      }).pipe(services)
  )

  it.live("takes key and address from runnerd's configuration when that is named", () =>
    Effect.gen(function* () {
      const { template, root, simulator, change } = yield* templateWorld()
      const e2b = { api_key: apiKey, api_url: simulator.url }
      const github = { webhook_secret: "webhook-secret", token: "github-secret" }
      yield* change("runnerd.yaml", JSON.stringify({ admin: { token: "admin-secret" }, e2b, github }))
      const { code, err } = yield* template(["build", "testing", "--config", `${root}/runnerd.yaml`], {})
      assert.strictEqual(code, 0, err)
      const missing = yield* template(["build", "testing", "--config", `${root}/nowhere.yaml`], {})
      assert.strictEqual(missing.code, 1)
      assert.include(missing.err, "nowhere.yaml")
    }).pipe(services)
  )

  it.live("tells what E2B refuses: a size beyond the plan, a name of another team", () =>
    Effect.gen(function* () {
      const { template, simulator, env } = yield* templateWorld()
      const put = (path: string, body: unknown) =>
        Effect.promise(() =>
          fetch(`${simulator.controlUrl}/_control/${path}`, { method: "PUT", body: JSON.stringify(body) })
        )
      yield* put("plan", { maxConcurrent: 1, maxHours: 1, maxCpuCount: 1 })
      assert.match((yield* template(["build", "testing"], env)).err, /testing-dev cannot be built: .*CPU count/)
      yield* put("templates", [{ aliases: ["testing-dev"], foreign: true }])
      assert.include((yield* template(["build", "testing"], env)).err, "belongs to another team")
    }).pipe(services)
  )

  it.live("wants one of --dev and --prod, and a template that is there", () =>
    Effect.gen(function* () {
      const { template } = yield* templateWorld()
      assert.include((yield* template(["build", "testing", "--dev", "--prod"])).err, "name one of them")
      assert.include((yield* template(["build", "nowhere"])).err, "Known: testing.")
      assert.strictEqual((yield* template(["build"])).code, 2)
    }).pipe(services)
  )
})

describe("template:list", () => {
  it.live("shows for each template whether its lock is complete and what E2B has of it", () =>
    Effect.gen(function* () {
      const { template, change } = yield* templateWorld()
      const lineOf = (out: string, variant: string) =>
        out.split("\n").find((line) => line.startsWith(`  ${variant}`)) ?? ""
      const before = (yield* template(["list"])).out
      assert.include(before, "testing: For tests")
      assert.include(before, "lock  complete")
      assert.include(lineOf(before, "dev"), "testing-dev: not built")
      yield* template(["build", "testing"])
      const built = (yield* template(["list"])).out
      assert.match(lineOf(built, "dev"), /built 20.*, 2 CPUs, 1024 MiB, as here$/)
      assert.include(lineOf(built, "prod"), "testing: not built")
      yield* change("testing/list.txt", "another list\n")
      assert.include(lineOf((yield* template(["list"])).out, "dev"), "older than what is here")
    }).pipe(services)
  )

  it.live("shows what is here when there is no key", () =>
    Effect.gen(function* () {
      const { template } = yield* templateWorld()
      const { code, out } = yield* template(["list"], {})
      assert.strictEqual(code, 0)
      assert.include(out, "lock  complete")
      assert.include(out, "What E2B has is not shown. No API key of E2B.")
    }).pipe(services)
  )
})
