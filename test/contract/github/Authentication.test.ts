// Who may call the simulated GitHub, and what each caller reaches: through the unmodified Octokit.
import { assert, describe, it } from "@effect/vitest"
import { generateKeyPairSync } from "node:crypto"
import { afterAll, beforeAll } from "vitest"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, jwt, onlyAcmePat, pat, startFixture, withoutToken, withToken } from "./SimulatorFixture.ts"

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture.simulator.close())

const withJwt = (token: string) =>
  fetch(`${fixture.simulator.url}/app`, { headers: { authorization: `Bearer ${token}` } })

describe("the App", () => {
  it("finds the installation of a repository, an organisation and a user by its JWT", async () => {
    const { app, acme, dana } = fixture
    const repo = await app.octokit.request("GET /repos/{owner}/{repo}/installation", { owner: "acme", repo: "one" })
    const org = await app.octokit.request("GET /orgs/{org}/installation", { org: "acme" })
    const user = await app.octokit.request("GET /repos/{owner}/{repo}/installation", { owner: "DANA", repo: "Tools" })
    assert.deepStrictEqual([repo.data.id, org.data.id, user.data.id], [acme, acme, dana])
    assert.strictEqual(repo.data.suspended_at, null)
  })

  it("lists all installations", async () => {
    const ids: Array<number> = []
    await fixture.app.eachInstallation(({ installation }) => void ids.push(installation.id))
    assert.deepStrictEqual(ids, [fixture.acme, fixture.dana])
  })

  it("exchanges its JWT for a token of one hour per installation, which reaches that owner's repositories only", async () => {
    const { app, acme, dana } = fixture
    const asAcme = await app.getInstallationOctokit(acme)
    const asDana = await app.getInstallationOctokit(dana)
    const auth = (await asAcme.auth({ type: "installation" })) as { readonly token: string; readonly expiresAt: string }
    assert.match(auth.token, /^ghs_/)
    const lifetime = Date.parse(auth.expiresAt) - Date.now()
    assert.isTrue(lifetime > 3_590_000 && lifetime <= 3_600_000, String(lifetime))
    const path = "POST /repos/{owner}/{repo}/actions/runners/registration-token"
    assert.strictEqual((await asAcme.request(path, { owner: "acme", repo: "two" })).status, 201)
    assert.strictEqual((await asDana.request(path, { owner: "dana", repo: "tools" })).status, 201)
    assert.strictEqual((await failureOf(asAcme.request(path, { owner: "dana", repo: "tools" }))).status, 404)
    assert.strictEqual((await failureOf(asDana.request(path, { owner: "acme", repo: "one" }))).status, 404)
  })

  it("gets a narrowed token on request", async () => {
    const { app, acme } = fixture
    const path = "POST /app/installations/{installation_id}/access_tokens"
    const narrowed = await app.octokit.request(path, { installation_id: acme, repositories: ["one"] })
    const octokit = withToken(fixture.simulator, narrowed.data.token)
    assert.strictEqual((await octokit.request("GET /repos/acme/one")).status, 200)
    assert.strictEqual((await failureOf(octokit.request("GET /repos/acme/two"))).status, 404)
    const excessive = app.octokit.request(path, { installation_id: acme, permissions: { contents: "write" } })
    assert.strictEqual((await failureOf(excessive)).status, 422)
  })

  it("is told 404, in GitHub's words, where it is not installed", async () => {
    const failure = await failureOf(fixture.app.octokit.request("GET /repos/nobody/nothing/installation"))
    assert.strictEqual(failure.status, 404)
    assert.deepStrictEqual(failure.body, {
      message: "Not Found",
      documentation_url: "https://docs.github.com/rest",
      status: "404"
    })
  })

  it("is refused with a JWT of another key, expired, too long-lived, from the future, or of another App", async () => {
    const now = Math.floor(Date.now() / 1000)
    const key = fixture.simulator.privateKeyPem
    const good = { iat: now - 30, exp: now + 500, iss: 4711 }
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      type: "pkcs8",
      format: "pem"
    })
    assert.strictEqual((await withJwt(jwt(key, good))).status, 200)
    const bad = [
      jwt(String(other), good),
      jwt(key, { ...good, exp: now - 1 }),
      jwt(key, { ...good, exp: now + 3600 }),
      jwt(key, { ...good, iat: now + 300 }),
      jwt(key, { ...good, iss: 1 }),
      `${jwt(key, good).split(".").slice(0, 2).join(".")}.AAAA`
    ]
    for (const token of bad) assert.strictEqual((await withJwt(token)).status, 401, token)
  })

  it("may not use an installation's routes with its JWT, nor the App's routes with a token", async () => {
    const now = Math.floor(Date.now() / 1000)
    const own = jwt(fixture.simulator.privateKeyPem, { iat: now, exp: now + 60, iss: 4711 })
    const headers = { authorization: `bearer ${own}` }
    const runners = await fetch(`${fixture.simulator.url}/repos/acme/one/actions/runners`, { headers })
    assert.strictEqual(runners.status, 401)
    const app = withToken(fixture.simulator, pat).request("GET /app")
    assert.strictEqual((await failureOf(app)).status, 401)
  })
})

describe("other credentials", () => {
  it("a personal token works with either scheme, and reaches its owners only", async () => {
    const octokit = withToken(fixture.simulator, onlyAcmePat)
    assert.strictEqual((await octokit.request("GET /repos/acme/one/actions/runners")).status, 200)
    assert.strictEqual((await failureOf(octokit.request("GET /repos/dana/tools/actions/runners"))).status, 404)
    const headers = { authorization: `bearer ${pat}` }
    const answer = await fetch(`${fixture.simulator.url}/repos/dana/tools/actions/runners`, { headers })
    assert.strictEqual(answer.status, 200)
  })

  it("user name and password work, a wrong password does not", async () => {
    const basic = (password: string) => `basic ${Buffer.from(`basic:${password}`).toString("base64")}`
    const octokit = withoutToken(fixture.simulator)
    const good = await octokit.request("GET /repos/acme/one/actions/runners", {
      headers: { authorization: basic("secret") }
    })
    assert.strictEqual(good.status, 200)
    const bad = octokit.request("GET /repos/acme/one/actions/runners", { headers: { authorization: basic("wrong") } })
    assert.strictEqual((await failureOf(bad)).message, "Bad credentials - https://docs.github.com/rest")
  })

  it("an unknown token is 401 Bad credentials, none at all is 401 Requires authentication", async () => {
    const unknown = await failureOf(withToken(fixture.simulator, "ghp_unknown").request("GET /repos/acme/one"))
    assert.deepStrictEqual([unknown.status, unknown.body["message"]], [401, "Bad credentials"])
    const none = await failureOf(withoutToken(fixture.simulator).request("GET /repos/acme/one"))
    assert.deepStrictEqual([none.status, none.body["message"]], [401, "Requires authentication"])
  })

  it("every answer names a request id and the rate limit, and each call lowers what remains", async () => {
    const octokit = withToken(fixture.simulator, pat)
    const first = (await octokit.request("GET /repos/acme/one")).headers
    const second = (await octokit.request("GET /repos/acme/one")).headers
    assert.isString(first["x-github-request-id"])
    assert.strictEqual(Number(first["x-ratelimit-remaining"]) - Number(second["x-ratelimit-remaining"]), 1)
    assert.isTrue(Number(first["x-ratelimit-reset"]) * 1000 > Date.now())
    const { data, headers } = await octokit.request("GET /rate_limit")
    assert.strictEqual(data.rate.remaining, Number(second["x-ratelimit-remaining"]))
    assert.strictEqual(headers["x-ratelimit-remaining"], second["x-ratelimit-remaining"])
  })
})

describe("permissions", () => {
  it("a missing permission is 403 and names what is needed", async () => {
    const poor = await startFixture({
      installations: [
        {
          id: fixture.dana + 500,
          owner: "acme",
          ownerType: "Organization",
          repositories: ["one"],
          permissions: { metadata: "read", actions: "read" }
        }
      ]
    })
    const octokit = await poor.app.getInstallationOctokit(fixture.dana + 500)
    const failure = await failureOf(octokit.request("POST /repos/acme/one/actions/runners/registration-token"))
    assert.strictEqual(failure.status, 403)
    assert.strictEqual(failure.body["message"], "Resource not accessible by integration")
    assert.strictEqual(failure.headers["x-accepted-github-permissions"], "administration=write")
    await poor.simulator.close()
  })
})
