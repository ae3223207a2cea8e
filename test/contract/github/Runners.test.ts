// Self-hosted runners over REST, through the unmodified Octokit.
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll, beforeEach } from "vitest"
import type { Octokit } from "@octokit/core"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, pat, startFixture, withToken } from "./SimulatorFixture.ts"

let fixture: Fixture
let octokit: Octokit
beforeAll(async () => {
  fixture = await startFixture()
  octokit = withToken(fixture.simulator, pat)
})
beforeEach(() => fixture.simulator.reset())
afterAll(() => fixture.simulator.close())

const one = { owner: "acme", repo: "one" }
const jit = (name: string, labels: ReadonlyArray<string> = ["self-hosted", "e2b"]) =>
  octokit.request("POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig", {
    ...one,
    name,
    runner_group_id: 1,
    labels: [...labels]
  })
const orgJit = (name: string, groupId: number) =>
  octokit.request("POST /orgs/{org}/actions/runners/generate-jitconfig", {
    org: "acme",
    name,
    runner_group_id: groupId,
    labels: ["e2b"]
  })

describe("generate-jitconfig", () => {
  it("registers an offline ephemeral runner at once and answers with its files", async () => {
    const { status, data } = await jit("runner-1")
    assert.strictEqual(status, 201)
    assert.deepInclude(data.runner, { name: "runner-1", status: "offline", busy: false, ephemeral: true })
    assert.deepStrictEqual(
      data.runner.labels.map(({ name, type }) => [name, type]),
      [
        ["self-hosted", "read-only"],
        ["e2b", "custom"]
      ]
    )
    const files = JSON.parse(Buffer.from(data.encoded_jit_config, "base64").toString("utf8")) as Record<string, string>
    assert.sameMembers(Object.keys(files), [".runner", ".credentials", ".credentials_rsaparams"])
    const settings = JSON.parse(Buffer.from(files[".runner"] ?? "", "base64").toString("utf8")) as object
    assert.deepInclude(settings, { agentName: "runner-1", serverUrl: fixture.simulator.url })
    const listed = await octokit.request("GET /repos/{owner}/{repo}/actions/runners", one)
    assert.strictEqual(listed.data.total_count, 1)
  })

  it("answers 409 for a taken name, whatever its case, but not in another place", async () => {
    await jit("runner-1")
    const failure = await failureOf(jit("RUNNER-1"))
    assert.strictEqual(failure.status, 409)
    assert.strictEqual(failure.body["message"], "Already exists - A runner with the name *** already exists.")
    assert.strictEqual((await orgJit("runner-1", 1)).status, 201)
  })

  it("answers 422 for missing or empty arguments, 404 for an unknown group", async () => {
    const path = "POST /repos/acme/one/actions/runners/generate-jitconfig"
    for (const body of [
      { runner_group_id: 1, labels: ["a"] },
      { name: "n", labels: ["a"] },
      { name: "n", runner_group_id: 1 },
      { name: "n", runner_group_id: 1, labels: [] },
      { name: "n", runner_group_id: 1, labels: Array.from({ length: 101 }, (_, index) => `l${index}`) },
      { name: "n".repeat(65), runner_group_id: 1, labels: ["a"] }
    ]) {
      assert.strictEqual((await failureOf(octokit.request(path, body))).status, 422, JSON.stringify(body).slice(0, 80))
    }
    assert.strictEqual((await failureOf(orgJit("n", 99))).status, 404)
  })
})

describe("tokens for config.sh", () => {
  it("are issued for repositories and organisations, valid for one hour", async () => {
    const paths = ["/repos/acme/one/actions/runners", "/orgs/acme/actions/runners"]
    for (const path of paths) {
      for (const purpose of ["registration-token", "remove-token"]) {
        const { status, data } = await octokit.request(`POST ${path}/${purpose}`)
        assert.strictEqual(status, 201)
        const { token, expires_at: expiresAt } = data as { readonly token: string; readonly expires_at: string }
        assert.isNotEmpty(token)
        assert.approximately(Date.parse(expiresAt) - Date.now(), 3_600_000, 5000)
      }
    }
  })

  it("an account that is no organisation has no organisation runners", async () => {
    assert.strictEqual((await failureOf(octokit.request("GET /orgs/dana/actions/runners"))).status, 404)
  })
})

describe("the list of runners", () => {
  it("goes by pages with Link headers, and by name", async () => {
    for (let index = 0; index < 7; index++) await jit(`runner-${index}`)
    const path = "GET /repos/{owner}/{repo}/actions/runners"
    const names: Array<string> = []
    let page = 1
    for (;;) {
      const { data, headers } = await octokit.request(path, { ...one, per_page: 3, page })
      assert.strictEqual(data.total_count, 7)
      assert.isNotEmpty(data.runners)
      names.push(...data.runners.map((runner) => runner.name))
      const next = /<([^>]+)>; rel="next"/.exec(headers.link ?? "")?.[1]
      if (next === undefined) break
      assert.match(headers.link ?? "", /page=3>; rel="last"/)
      page = Number(new URL(next).searchParams.get("page"))
    }
    assert.deepStrictEqual(names, ["runner-0", "runner-1", "runner-2", "runner-3", "runner-4", "runner-5", "runner-6"])
    const byName = await octokit.request(path, { ...one, name: "runner-4" })
    assert.deepStrictEqual(
      byName.data.runners.map((runner) => runner.name),
      ["runner-4"]
    )
    assert.strictEqual((await octokit.request(path, { ...one, name: "runner" })).data.total_count, 0)
  })

  it("never shows more than 100 of them on a page", async () => {
    const { machine } = fixture.simulator
    const scope = machine.topology.scopeOfUrl("https://github.com/acme/one")
    const group = machine.topology.groupByName(scope, "Default")
    assert(group !== null)
    for (let index = 0; index < 120; index++) {
      const registration = { labels: ["a"], group, ephemeral: true, jit: true, workFolder: "_work" }
      machine.register(scope, { ...registration, name: `r${index}` }, false)
    }
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/runners", { ...one, per_page: 500 })
    assert.strictEqual(data.runners.length, 100)
  })
})

describe("deleting a runner", () => {
  const path = "DELETE /repos/{owner}/{repo}/actions/runners/{runner_id}"

  it("is refused with 422 in GitHub's words while it runs a job", async () => {
    const { data } = await jit("runner-1")
    const { machine } = fixture.simulator
    const runner = machine.registry.byId.get(data.runner.id)
    assert(runner !== undefined)
    machine.sessions.open(runner, "2.336.0")
    const jobs = [{ name: "build", labels: ["e2b"] }]
    const run = machine.createRun({ repository: "acme/one", workflow: "CI", jobs })
    machine.sessions.accept(runner, run.jobs[0]!.id)
    const shown = await octokit.request("GET /repos/{owner}/{repo}/actions/runners/{runner_id}", {
      ...one,
      runner_id: runner.id
    })
    assert.deepInclude(shown.data, { status: "online", busy: true })
    const failure = await failureOf(octokit.request(path, { ...one, runner_id: runner.id }))
    assert.strictEqual(failure.status, 422)
    assert.strictEqual(failure.body["message"], 'Bad request - Runner "runner-1" is still running a job"')
  })

  it("of another repository is 404", async () => {
    const { data } = await jit("runner-1")
    const elsewhere = octokit.request(path, { owner: "acme", repo: "two", runner_id: data.runner.id })
    assert.strictEqual((await failureOf(elsewhere)).status, 404)
  })
})

describe("runner groups", () => {
  it("are listed as a repository sees them", async () => {
    const names = async (repository?: string) => {
      const query = repository === undefined ? {} : { visible_to_repository: repository }
      const { data } = await octokit.request("GET /orgs/{org}/actions/runner-groups", { org: "acme", ...query })
      return data.runner_groups.map((group) => group.name)
    }
    assert.deepStrictEqual(await names(), ["Default", "gpu", "everyone"])
    assert.deepStrictEqual(await names("one"), ["Default", "gpu", "everyone"])
    assert.deepStrictEqual(await names("two"), ["Default", "everyone"])
  })

  it("are read one by one, with the runners and the repositories in them", async () => {
    await orgJit("in-gpu", 2)
    await orgJit("in-default", 1)
    const path = "GET /orgs/{org}/actions/runner-groups/{runner_group_id}"
    const gpu = { org: "acme", runner_group_id: 2 }
    const { data } = await octokit.request(path, gpu)
    assert.deepStrictEqual([data.name, data.visibility, data.default], ["gpu", "selected", false])
    const runners = await octokit.request(`${path}/runners`, gpu)
    assert.deepStrictEqual(
      runners.data.runners.map((runner) => runner.name),
      ["in-gpu"]
    )
    const repositories = await octokit.request(`${path}/repositories`, gpu)
    assert.deepStrictEqual(
      repositories.data.repositories.map((repository) => repository.full_name),
      ["acme/one"]
    )
    assert.strictEqual((await failureOf(octokit.request(path, { org: "acme", runner_group_id: 99 }))).status, 404)
  })
})
