// GitHub's manifest flow: a form, a person's consent, a code, and the App that it is exchanged for.
import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach } from "vitest"
import { ManualClock } from "../../simulator/github/ManualMachine.ts"
import { formOf, sendForm } from "../../support/HtmlForms.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, jwt, startFixture, withoutToken, withToken } from "./SimulatorFixture.ts"

let clock: ManualClock
let fixture: Fixture
beforeEach(async () => {
  clock = new ManualClock(Date.now())
  fixture = await startFixture({ clock })
})
afterEach(() => fixture.simulator.close())

const manifest = {
  name: "Runners & more",
  url: "https://runnerd.example.com",
  hook_attributes: { url: "https://runnerd.example.com/webhooks/github" },
  redirect_url: "http://127.0.0.1:1/back?own=kept",
  public: false,
  default_permissions: { administration: "write", actions: "read", metadata: "read" },
  default_events: ["workflow_job"]
}

const submit = (text: string, account = "") =>
  sendForm({ action: `${fixture.simulator.url}${account}/settings/apps/new?state=st%26te`, fields: { manifest: text } })

/** Where the browser is sent, once a person has agreed to what the page says. */
const agreed = async (changes: object = {}, account = "", name?: string): Promise<URL> => {
  const answer = await submit(JSON.stringify({ ...manifest, ...changes }), account)
  assert.strictEqual(answer.status, 200)
  const form = formOf(await answer.text(), answer.url)
  const sent = await sendForm({ ...form, fields: { ...form.fields, ...(name === undefined ? {} : { name }) } })
  assert.strictEqual(sent.status, 302, await sent.text())
  return new URL(sent.headers.get("location") ?? "")
}

const exchange = (code: string) =>
  withoutToken(fixture.simulator).request("POST /app-manifests/{code}/conversions", { code })

const made = async (changes: object = {}, account = "", name?: string) => {
  const back = await agreed(changes, account, name)
  return (await exchange(back.searchParams.get("code") ?? "")).data
}

describe("a manifest", () => {
  it("is shown before anything is made: what the App may do, and a name that can be changed", async () => {
    const html = await (await submit(JSON.stringify(manifest))).text()
    for (const part of ["<li>administration: write</li>", "<li>actions: read</li>", "Create GitHub App"]) {
      assert.include(html, part)
    }
    assert.strictEqual(formOf(html, fixture.simulator.url).fields["name"], "Runners & more")
    assert.strictEqual((await made({}, "", "Another name")).name, "Another name")
  })

  it("leads back to where it says, with a code and the state", async () => {
    const back = await agreed()
    assert.strictEqual(`${back.origin}${back.pathname}`, "http://127.0.0.1:1/back")
    assert.match(back.searchParams.get("code") ?? "", /^\w{40}$/)
    assert.deepStrictEqual([back.searchParams.get("state"), back.searchParams.get("own")], ["st&te", "kept"])
  })

  it("that is no JSON, lacks an address, or asks for events without their permission, makes no App", async () => {
    const wrong = [
      "nonsense",
      "[]",
      JSON.stringify({ ...manifest, url: undefined }),
      JSON.stringify({ ...manifest, hook_attributes: { active: true } }),
      JSON.stringify({ ...manifest, default_permissions: { metadata: "read" } })
    ]
    for (const text of wrong) assert.strictEqual((await submit(text)).status, 422, text)
  })

  it("of an organisation makes an App that it owns; there is none for an organisation that does not exist", async () => {
    const { owner } = await made({}, "/organizations/acme")
    assert.deepInclude(owner, { login: "acme", type: "Organization" })
    assert.deepInclude((await made({ name: "mine" })).owner, { login: "octocat", type: "User" })
    assert.strictEqual((await submit(JSON.stringify(manifest), "/organizations/nobody")).status, 404)
  })

  it("whose name is taken, or blank, makes no App", async () => {
    await made()
    for (const name of ["runners more", " "]) {
      const form = formOf(await (await submit(JSON.stringify(manifest))).text(), fixture.simulator.url)
      assert.strictEqual((await sendForm({ ...form, fields: { ...form.fields, name } })).status, 422)
    }
  })
})

describe("the code", () => {
  it("is exchanged without credentials for the App with its key and secrets", async () => {
    const app = await made()
    assert.match(app.pem, /^-----BEGIN RSA PRIVATE KEY-----\n/)
    assert.match(app.webhook_secret ?? "", /^\w{40}$/)
    assert.deepInclude(app, {
      name: "Runners & more",
      slug: "runners-more",
      external_url: manifest.url,
      html_url: `${fixture.simulator.url}/apps/runners-more`
    })
    assert.deepStrictEqual([app.permissions, app.events], [manifest.default_permissions, manifest.default_events])
    assert.isNull((await made({ name: "silent", hook_attributes: undefined })).webhook_secret)
  })

  it("counts once, and an unknown one never: 404", async () => {
    const code = (await agreed()).searchParams.get("code") ?? ""
    assert.strictEqual((await exchange(code)).status, 201)
    assert.strictEqual((await failureOf(exchange(code))).status, 404)
    assert.strictEqual((await failureOf(exchange("unknown"))).status, 404)
  })

  it("counts for an hour", async () => {
    const early = (await agreed()).searchParams.get("code") ?? ""
    const late = (await agreed({ name: "late" })).searchParams.get("code") ?? ""
    clock.advance(3_599_999)
    assert.strictEqual((await exchange(early)).status, 201)
    clock.advance(1)
    assert.strictEqual((await failureOf(exchange(late))).status, 404)
  })
})

describe("an App that was made from a manifest", () => {
  it("is itself by its own key alone, and installed nowhere", async () => {
    const app = await made()
    const now = Math.floor(clock.now() / 1000)
    const claims = { iat: now, exp: now + 300, iss: String(app.id) }
    const itself = withToken(fixture.simulator, jwt(app.pem, claims))
    assert.deepInclude((await itself.request("GET /app")).data, { id: app.id, installations_count: 0 })
    assert.deepStrictEqual((await itself.request("GET /app/installations")).data, [])
    assert.strictEqual((await failureOf(itself.request("GET /orgs/{org}/installation", { org: "acme" }))).status, 404)
    const forged = withToken(fixture.simulator, jwt(fixture.simulator.privateKeyPem, claims))
    assert.strictEqual((await failureOf(forged.request("GET /app"))).status, 401)
  })
})
