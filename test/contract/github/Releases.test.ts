// The releases of actions/runner, through the unmodified Octokit and through the service.
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, beforeEach } from "vitest"
import { RunnerReleases } from "../../../src/services/github/RunnerReleases.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, startFixture, withoutToken } from "./SimulatorFixture.ts"

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
beforeEach(() => fixture.simulator.reset())
afterAll(() => fixture.simulator.close())

describe("the releases of the runner", () => {
  it("are shown to callers without credentials, the newest first, a page at a time; those of other repositories are not", async () => {
    const { machine } = fixture.simulator
    machine.runnerReleases.push({ version: "2.337.0", publishedAt: 86_400_000 })
    const octokit = withoutToken(fixture.simulator)
    const runner = { owner: "actions", repo: "runner" }
    const { data, headers } = await octokit.request("GET /repos/{owner}/{repo}/releases", { ...runner, per_page: 1 })
    assert.deepStrictEqual(
      data.map(({ published_at: at, tag_name: tag }) => [tag, at]),
      [["v2.337.0", "1970-01-02T00:00:00Z"]]
    )
    assert.match(headers.link ?? "", /[?&]page=2[^>]*>; rel="next"/)
    const other = octokit.request("GET /repos/{owner}/{repo}/releases", { owner: "acme", repo: "one" })
    assert.strictEqual((await failureOf(other)).status, 404)
  })

  it("are told as versions and times, without drafts, previews and what is no version", async () => {
    const { machine, url } = fixture.simulator
    machine.runnerReleases.splice(0, machine.runnerReleases.length)
    machine.runnerReleases.push({ version: "2.336.0", publishedAt: 5000 }, { version: "nightly", publishedAt: 6000 })
    const options = {
      baseUrl: url,
      auth: { _tag: "Token", token: Redacted.make("unused") } as const,
      callTimeout: Duration.seconds(60)
    }
    const list = RunnerReleases.use((releases) => releases.list).pipe(Effect.provide(RunnerReleases.layer(options)))
    assert.deepStrictEqual(await Effect.runPromise(list), [{ version: "2.336.0", publishedAt: 5000 }])
  })
})
