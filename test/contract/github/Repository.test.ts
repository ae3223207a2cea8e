// A repository and its runners, as any GitHub has to answer: also the real one (`npm run test:live -- github`).
import { assert, describe, it } from "@effect/vitest"
import { Octokit } from "@octokit/core"
import { reachRepository } from "./RepositoryFixture.ts"
import { failureOf } from "./SimulatorFixture.ts"

const runners = "/repos/{owner}/{repo}/actions/runners" as const

describe("a repository's runner", () => {
  it("is registered by generate-jitconfig at once, offline and ephemeral, with its three files", async () => {
    const { one, octokit, register } = await reachRepository()
    const { runner, encoded_jit_config: encoded } = await register()
    assert.deepInclude(runner, { status: "offline", busy: false })
    const files = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as Record<string, string>
    assert.includeMembers(Object.keys(files), [".runner", ".credentials", ".credentials_rsaparams"])
    const { data } = await octokit.request(`GET ${runners}/{runner_id}`, { ...one, runner_id: runner.id })
    assert.deepInclude(data, { id: runner.id, name: runner.name, status: "offline" })
  })

  it("is found by its whole name alone", async () => {
    const { one, octokit, register, freshName } = await reachRepository()
    const name = freshName()
    await register(name)
    await register(`${name}-more`)
    const { data } = await octokit.request(`GET ${runners}`, { ...one, name })
    assert.deepStrictEqual(
      data.runners.map((runner) => runner.name),
      [name]
    )
  })

  it("comes on a page of its own when one is asked for, with a link to the next", async () => {
    const { one, octokit, register } = await reachRepository()
    await register()
    await register()
    const { data, headers } = await octokit.request(`GET ${runners}`, { ...one, per_page: 1 })
    assert.strictEqual(data.runners.length, 1)
    assert.isAtLeast(data.total_count, 2)
    assert.match(headers.link ?? "", /[?&]page=2[^>]*>; rel="next"/)
  })

  it("is 409 when its name is taken", async () => {
    const { register } = await reachRepository()
    const { runner } = await register()
    const refused = await failureOf(register(runner.name))
    assert.deepStrictEqual(
      [refused.status, refused.body["message"]],
      [409, "Already exists - A runner with the name *** already exists."]
    )
  })

  it("is 422 without labels, and 400 when its description is no JSON", async () => {
    const { one, octokit, freshName } = await reachRepository()
    const nothing = { ...one, name: freshName(), runner_group_id: 1, labels: [] }
    assert.strictEqual((await failureOf(octokit.request(`POST ${runners}/generate-jitconfig`, nothing))).status, 422)
    const broken = octokit.request(`POST ${runners}/generate-jitconfig`, { ...one, data: "{" } as never)
    assert.strictEqual((await failureOf(broken)).status, 400)
  })

  it("is deleted once, then is 404", async () => {
    const { one, octokit, register } = await reachRepository()
    const target = { ...one, runner_id: (await register()).runner.id }
    assert.strictEqual((await octokit.request(`DELETE ${runners}/{runner_id}`, target)).status, 204)
    assert.strictEqual((await failureOf(octokit.request(`DELETE ${runners}/{runner_id}`, target))).status, 404)
  })
})

describe("a repository", () => {
  it("gives tokens for config.sh that live an hour", async () => {
    const { one, octokit } = await reachRepository()
    for (const purpose of ["registration-token", "remove-token"] as const) {
      const { status, data } = await octokit.request(`POST ${runners}/${purpose}`, one)
      assert.strictEqual(status, 201)
      assert.approximately(Date.parse(data.expires_at) - Date.now(), 3_600_000, 120_000)
    }
  })

  it("lists runs by status, and has no job that does not exist", async () => {
    const { one, octokit } = await reachRepository()
    const query = { ...one, status: "queued" as const, per_page: 1 }
    assert.strictEqual((await octokit.request("GET /repos/{owner}/{repo}/actions/runs", query)).status, 200)
    const absent = octokit.request("GET /repos/{owner}/{repo}/actions/jobs/{job_id}", { ...one, job_id: 1 })
    assert.strictEqual((await failureOf(absent)).status, 404)
  })

  it("is answered with 304 while nothing changed, with the limit in the headers", async () => {
    const { one, octokit } = await reachRepository()
    const first = await octokit.request("GET /repos/{owner}/{repo}", one)
    assert.isAbove(Number(first.headers["x-ratelimit-limit"]), 0)
    assert.isAtLeast(Number(first.headers["x-ratelimit-reset"]) * 1000, Date.now() - 120_000)
    const headers = { "if-none-match": first.headers.etag }
    assert.strictEqual((await failureOf(octokit.request("GET /repos/{owner}/{repo}", { ...one, headers }))).status, 304)
  })

  it("is 401 for a token that is none", async () => {
    const { one, url } = await reachRepository()
    const stranger = new Octokit({ baseUrl: url, auth: "ghp_none" })
    const refused = await failureOf(stranger.request("GET /repos/{owner}/{repo}", one))
    assert.deepStrictEqual([refused.status, refused.body["message"]], [401, "Bad credentials"])
  })
})
