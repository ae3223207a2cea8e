// Installations and repositories that change while clients use them, through the unmodified Octokit.
import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach } from "vitest"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, jwt, pat, startFixture, withToken } from "./SimulatorFixture.ts"

let fixture: Fixture
beforeEach(async () => {
  fixture = await startFixture()
})
afterEach(() => fixture.simulator.close())

const one = { owner: "acme", repo: "one" }
const control = (method: string, path: string, body?: unknown) =>
  fetch(`${fixture.simulator.controlUrl}${path}`, { method, body: JSON.stringify(body ?? {}) })

const tokenOf = async (installation: number): Promise<string> => {
  const { data } = await fixture.app.octokit.request("POST /app/installations/{installation_id}/access_tokens", {
    installation_id: installation
  })
  return data.token
}

describe("an installation", () => {
  it("that is made anew has another id; its old tokens are 401 and its old id is 404", async () => {
    const token = await tokenOf(fixture.acme)
    const id = fixture.acme + 700
    await control("POST", "/installations/acme/reinstall", { id })
    const old = withToken(fixture.simulator, token)
    const refused = await failureOf(old.request("GET /repos/{owner}/{repo}", one))
    assert.deepStrictEqual([refused.status, refused.body["message"]], [401, "Bad credentials"])
    assert.strictEqual((await failureOf(tokenOf(fixture.acme))).status, 404)
    const found = await fixture.app.octokit.request("GET /repos/{owner}/{repo}/installation", one)
    assert.strictEqual(found.data.id, id)
    const fresh = withToken(fixture.simulator, await tokenOf(id))
    assert.strictEqual((await fresh.request("GET /repos/{owner}/{repo}", one)).status, 200)
  })

  it("that is suspended is 403 until it is not any more, by the App itself or by its owner", async () => {
    const { octokit } = fixture.app
    const octokitOfAcme = withToken(fixture.simulator, await tokenOf(fixture.acme))
    const id = { installation_id: fixture.acme }
    await octokit.request("PUT /app/installations/{installation_id}/suspended", id)
    const refused = await failureOf(octokitOfAcme.request("GET /repos/{owner}/{repo}", one))
    assert.deepStrictEqual([refused.status, refused.body["message"]], [403, "This installation has been suspended"])
    await octokit.request("DELETE /app/installations/{installation_id}/suspended", id)
    assert.strictEqual((await octokitOfAcme.request("GET /repos/{owner}/{repo}", one)).status, 200)
  })

  it("that is deleted takes its tokens and repositories along", async () => {
    const token = await tokenOf(fixture.dana)
    const { octokit } = fixture.app
    await octokit.request("DELETE /app/installations/{installation_id}", { installation_id: fixture.dana })
    const gone = withToken(fixture.simulator, token).request("GET /installation/repositories")
    assert.strictEqual((await failureOf(gone)).status, 401)
    const absent = await failureOf(octokit.request("GET /repos/dana/tools/installation"))
    assert.strictEqual(absent.status, 404)
  })

  it("that comes later, or gets more repositories, is there at once", async () => {
    const id = fixture.acme + 800
    await control("POST", "/installations", {
      id,
      owner: "late",
      ownerType: "Organization",
      repositories: ["app"]
    })
    await control("POST", "/installations/late/repositories", { name: "lib" })
    const late = withToken(fixture.simulator, await tokenOf(id))
    const { data } = await late.request("GET /installation/repositories")
    assert.deepStrictEqual(
      data.repositories.map((repository) => repository.full_name),
      ["late/app", "late/lib"]
    )
    await control("DELETE", "/repositories/late/lib")
    assert.strictEqual((await failureOf(late.request("GET /repos/late/lib"))).status, 404)
  })

  it("has tokens of the stateless format, longer than 40 characters, or of the old one when asked for", async () => {
    assert.match(await tokenOf(fixture.acme), /^ghs_4711_[\w-]+\.[\w-]+\.[\w-]{300,}$/)
    const old = await startFixture({ tokenFormat: "opaque" })
    const { token } = (await old.app.octokit.auth({ type: "installation", installationId: old.acme })) as {
      readonly token: string
    }
    assert.match(token, /^ghs_\w{36}$/)
    await old.simulator.close()
  })
})

describe("a repository", () => {
  it("that was renamed redirects from its old name, reads and writes alike", async () => {
    const octokit = withToken(fixture.simulator, pat)
    const { data } = await octokit.request("GET /repos/{owner}/{repo}", one)
    await control("PUT", "/repositories/acme/one", { name: "uno" })
    const moved = await fetch(`${fixture.simulator.url}/repos/acme/one/actions/runs?per_page=1`, {
      headers: { authorization: `token ${pat}` },
      redirect: "manual"
    })
    assert.strictEqual(moved.status, 301)
    const location = `${fixture.simulator.url}/repositories/${data.id}/actions/runs?per_page=1`
    assert.strictEqual(moved.headers.get("location"), location)
    assert.strictEqual((await octokit.request("GET /repos/{owner}/{repo}", one)).data.full_name, "acme/uno")
    const path = "POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig"
    const jit = await octokit.request(path, { ...one, name: "r", runner_group_id: 1, labels: ["e2b"] })
    assert.strictEqual(jit.status, 201)
  })

  it("says nothing of its new name to those who may not see it", async () => {
    await control("PUT", "/repositories/acme/one", { name: "uno" })
    const dana = withToken(fixture.simulator, await tokenOf(fixture.dana))
    assert.strictEqual((await failureOf(dana.request("GET /repos/{owner}/{repo}", one))).status, 404)
  })

  it("is served by its number as by its name", async () => {
    const octokit = withToken(fixture.simulator, pat)
    const { data } = await octokit.request("GET /repos/{owner}/{repo}", one)
    const byNumber = await octokit.request("GET /repositories/{id}/actions/runners", { id: data.id })
    assert.deepStrictEqual(byNumber.data, { total_count: 0, runners: [] })
    assert.strictEqual((await failureOf(octokit.request("GET /repositories/1"))).status, 404)
  })
})

describe("GitHub's clock", () => {
  it("that differs makes a JWT worthless, until the client goes by the Date of the answer, as Octokit does", async () => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iat: now - 30, exp: now + 570, iss: String(fixture.simulator.appId) }
    const statusOf = async () => {
      const token = jwt(fixture.simulator.privateKeyPem, claims)
      const headers = { authorization: `bearer ${token}` }
      return (await fetch(`${fixture.simulator.url}/app`, { headers })).status
    }
    await control("PUT", "/clock", { skewMs: -3_600_000 })
    assert.strictEqual(await statusOf(), 401)
    assert.strictEqual((await fixture.app.octokit.request("GET /app")).status, 200)
    await control("PUT", "/clock", { skewMs: 0 })
    assert.strictEqual(await statusOf(), 200)
  })
})
