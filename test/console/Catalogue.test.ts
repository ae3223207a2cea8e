// Specs, groups and policies in a browser, against the real process: made, changed and deleted, refused by field, in conflict,
// and with the service away.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readFile, writeFile } from "node:fs/promises"
import type { Browser, Page } from "playwright-core"
import { adminToken, callApi } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { freePort } from "../support/FreePort.ts"
import { launchBrowser } from "./Browser.ts"
import { openAs, roleSettings } from "./RoleTokens.ts"

/** What a URL must escape, and what stands in the console's own addresses. */
const strange = "große Läufer/1\\2 ... %2E%2F ? # & ; + new"

describe("specs, groups and policies", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let browser: Browser

  beforeAll(async () => {
    const address = `127.0.0.1:${await freePort()}`
    world = await openWorld({ scripted: true, settings: { ...roleSettings, "server.http_addr": address } })
    const templates = [
      { aliases: ["gh-runner", "gh-runner-2026"], cpuCount: 4, memoryMB: 2048 },
      { aliases: ["unbuilt"], buildStatus: "error" }
    ]
    const body = JSON.stringify(templates)
    assert.isTrue((await fetch(`${world.e2b.controlUrl}/_control/templates`, { method: "PUT", body })).ok)
    runnerd = await world.start()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world.close()
  })

  const api = (method: string, path: string, body?: object) =>
    callApi<Record<string, unknown>>(runnerd.url, method, path, body)
  const spec = (name: string, fields: object = {}) =>
    api("POST", "/runner_specs", { name, labels: ["self-hosted", name], template_id: "gh-runner", ...fields })

  const opened = async (address: string, role: "admin" | "viewer" = "admin") => {
    const { complaints, page } = await openAs(browser, role)
    page.setDefaultTimeout(60_000)
    await page.goto(`${runnerd.url}/admin${address}`)
    return { page, done: () => (assert.deepStrictEqual(complaints, []), page.context().close()) }
  }
  const rowOf = (page: Page, name: string) =>
    page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) })
  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
  /** As an operator asks for it, from wherever the focus is. */
  const loadAgain = async (page: Page) => {
    await page.keyboard.press("Control+k")
    const palette = page.getByRole("dialog", { name: "Command palette" })
    await palette.getByRole("combobox").fill("load everything")
    await page.keyboard.press("Enter")
    await palette.waitFor({ state: "detached" })
  }
  const told = (page: Page, words: string) => page.getByRole("region", { name: /^Notifications/ }).getByText(words)

  it("a spec is made: its template is asked about while it is typed, what is refused stands at its field", async () => {
    const { done, page } = await opened("/specs")
    await page.getByText("There is no runner spec yet").waitFor()
    await page.getByRole("link", { name: "New spec" }).click()
    const template = page.getByLabel("Template", { exact: true }).first()
    await template.fill("no-such-template")
    await page.getByText("E2B has no template of this name").waitFor()
    await template.fill("unbuilt")
    await page.getByText("No build can be used: 1 listed, all error.").waitFor()
    await button(page, "Create").click()
    await page.getByRole("alert").getByText("This is needed.").waitFor()
    await page.getByLabel("Name").fill("small")
    const labels = page.getByLabel("Labels")
    await labels.pressSequentially("self-hosted,e2b")
    await page.getByLabel("Kept ready").fill("1")
    await button(page, "Create").click()
    const kept = page.getByLabel("Kept ready")
    await page.getByRole("alert").getByText("min_idle above 0 is not supported yet").waitFor()
    assert.strictEqual(await kept.getAttribute("aria-invalid"), "true")
    await kept.fill("0")
    await button(page, "Create").click()
    await page.getByRole("alert").getByText("template_id has no usable build").waitFor()
    await template.fill("gh-runner")
    await page.getByText("1 of 1 builds can be used · 4 CPUs · 2 GiB memory").waitFor()
    await page.getByText("also called gh-runner-2026").waitFor()
    await button(page, "Create").click()
    await page.waitForURL("**/admin/specs/small")
    await told(page, "small is created").waitFor()
    assert.deepInclude(await api("GET", "/runner_specs/small"), {
      labels: ["self-hosted", "e2b"],
      template_id: "gh-runner",
      runner_group: null,
      max_concurrency: 10,
      default_available: true
    })
    await page.getByRole("link", { name: "Specs", exact: true }).click()
    await rowOf(page, "small").getByText("everybody").waitFor()
    await done()
  })

  it("one like it is made from it, but not in place of it", async () => {
    const { done, page } = await opened("/new/spec?like=small")
    const labels = page.getByLabel("Labels")
    await page.getByRole("button", { name: "Remove label e2b" }).click()
    await labels.pressSequentially("gpu")
    await page.getByLabel("Name").fill("small")
    await button(page, "Create").click()
    await page.getByText("There is a spec of this name.").first().waitFor()
    await page.getByLabel("Name").fill("..")
    await button(page, "Create").click()
    await page.getByRole("alert").getByText("a name other than . and ..").waitFor()
    await page.getByLabel("Name").fill("gpu")
    await page.getByLabel("Limit").fill("0")
    await button(page, "Create").click()
    await page.waitForURL("**/admin/specs/gpu")
    assert.deepInclude(await api("GET", "/runner_specs/gpu"), { labels: ["self-hosted", "gpu"], max_concurrency: 0 })
    assert.deepInclude(await api("GET", "/runner_specs/small"), { labels: ["self-hosted", "e2b"] })
    await done()
  })

  it("one that somebody else changed meanwhile: the difference is shown, and what becomes of it is chosen", async () => {
    await spec("fought")
    const { done, page } = await opened("/specs/fought")
    const [priority, limit] = [page.getByLabel("Priority"), page.getByLabel("Limit")]
    const dialog = page.getByRole("alertdialog", { name: "Somebody else saved first" })
    const clash = async (mine: string, theirs: object) => {
      await priority.fill(mine)
      await api("PATCH", "/runner_specs/fought", theirs)
      await button(page, "Save").click()
      await dialog.waitFor()
    }
    await clash("5", { priority: 7, max_concurrency: 3 })
    await dialog.getByText("One field was changed by both.").waitFor()
    const cells = (name: string) =>
      dialog.getByRole("row").filter({ hasText: name }).getByRole("cell").allTextContents()
    assert.deepStrictEqual((await cells("Priority")).slice(1), ["0", "7", "5"])
    assert.deepStrictEqual((await cells("Limit")).slice(1), ["10", "3", "10"])
    await button(page, "Edit further").click()
    assert.deepStrictEqual([await priority.inputValue(), await limit.inputValue()], ["5", "3"])
    await button(page, "Save").click()
    await told(page, "fought is saved").waitFor()
    assert.deepInclude(await api("GET", "/runner_specs/fought"), { priority: 5, max_concurrency: 3 })
    await clash("6", { priority: 8 })
    await button(page, "Take theirs").click()
    await dialog.waitFor({ state: "detached" })
    assert.strictEqual(await priority.inputValue(), "8")
    await clash("9", { priority: 2, max_concurrency: 4 })
    await button(page, "Keep mine and save").click()
    await dialog.waitFor({ state: "detached" })
    await page.getByRole("button", { name: "Save", disabled: true }).waitFor()
    assert.deepInclude(await api("GET", "/runner_specs/fought"), { priority: 9, max_concurrency: 4 })
    await done()
  })

  it("a form that nobody has touched follows what is stored, one that somebody has does not, and says so", async () => {
    await spec("watched")
    const { done, page } = await opened("/specs/watched")
    const [priority, limit] = [page.getByLabel("Priority"), page.getByLabel("Limit")]
    await priority.waitFor()
    await api("PATCH", "/runner_specs/watched", { priority: 4 })
    await loadAgain(page)
    const follows = async () => (await priority.inputValue()) === "4"
    await world.until("the form shows it", 120_000, follows)
    await limit.fill("2")
    await api("PATCH", "/runner_specs/watched", { priority: 6 })
    await loadAgain(page)
    await page.getByText("Somebody else has changed this since you began").waitFor()
    assert.deepStrictEqual([await priority.inputValue(), await limit.inputValue()], ["4", "2"])
    await api("DELETE", "/runner_specs/watched")
    await loadAgain(page)
    await page.getByText("There is no runner spec watched any more").waitFor()
    await button(page, "Create it again").click()
    await told(page, "watched is saved").waitFor()
    assert.deepInclude(await api("GET", "/runner_specs/watched"), { max_concurrency: 2 })
    await done()
  })

  it("whoever leaves a form with what is not saved is asked", async () => {
    const { done, page } = await opened("/specs")
    await page.getByRole("link", { name: "small", exact: true }).click()
    await page.getByLabel("Priority").fill("3")
    await page.getByRole("link", { name: "Requests", exact: true }).first().click()
    const dialog = page.getByRole("alertdialog", { name: "Leave without saving?" })
    await dialog.getByRole("button", { name: "Stay" }).click()
    assert.strictEqual(await page.getByLabel("Priority").inputValue(), "3")
    await page.goBack()
    await dialog.getByRole("button", { name: "Stay" }).click()
    await page.getByRole("link", { name: "Requests", exact: true }).first().click()
    await dialog.getByRole("button", { name: "Leave and lose it" }).click()
    await page.waitForURL("**/admin/requests**")
    assert.deepInclude(await api("GET", "/runner_specs/small"), { priority: 0 })
    await done()
  })

  it("a group is made of specs, changed, turned off and on again; a spec joins and leaves on its own page", async () => {
    const { done, page } = await opened("/groups")
    await page.getByRole("link", { name: "New group" }).click()
    await page.getByLabel("Name").fill("linux")
    await page.getByRole("checkbox", { name: /^small/ }).click()
    await button(page, "Create").click()
    await page.getByRole("heading", { name: "linux" }).waitFor()
    await page.getByLabel("Description").fill("All with Linux")
    await button(page, "Save").click()
    await told(page, "linux is saved").waitFor()
    await page.getByRole("link", { name: "Groups", exact: true }).click()
    await rowOf(page, "linux").getByRole("switch").click()
    await told(page, "linux grants nothing now").waitFor()
    assert.deepInclude(await api("GET", "/runner_groups/linux"), {
      description: "All with Linux",
      spec_names: ["small"],
      enabled: false
    })
    await button(page, "Undo").click()
    await told(page, "linux grants its specs again").waitFor()
    await page.goto(`${runnerd.url}/admin/specs/gpu`)
    const groups = page.getByRole("region", { name: "Runner groups" })
    await groups.getByRole("checkbox", { name: "linux" }).click()
    await told(page, "gpu is in linux now").waitFor()
    assert.deepInclude(await api("GET", "/runner_groups/linux"), { spec_names: ["gpu", "small"], enabled: true })
    await groups.getByRole("checkbox", { name: "linux" }).click()
    await told(page, "gpu is not in linux any more").waitFor()
    assert.deepInclude(await api("GET", "/runner_groups/linux"), { spec_names: ["small"] })
    await done()
  })

  it("a policy is made, refused by field or for being there, changed to grant something else, and deleted", async () => {
    const { done, page } = await opened("/policies")
    await page.getByRole("link", { name: "New policy" }).click()
    const repository = page.getByLabel("Repository")
    await repository.fill("acme")
    await button(page, "Create").click()
    await page.getByRole("alert").getByText("This is needed.").waitFor()
    await page.getByRole("combobox", { name: "Spec" }).click()
    await page.getByRole("option", { name: "gpu" }).click()
    await button(page, "Create").click()
    await page.getByRole("alert").getByText("a pattern like owner/repo or owner/*").waitFor()
    await repository.fill("acme/*")
    await button(page, "Create").click()
    await page.waitForURL(/\/policies\/\d+$/)
    const id = new URL(page.url()).pathname.split("/").at(-1)
    assert.deepInclude(await api("GET", `/runner_policies/${id}`), {
      repository_full_name: "acme/*",
      runner_spec_name: "gpu"
    })
    await page.getByRole("link", { name: "Clone" }).click()
    await button(page, "Create").click()
    await page.getByText("There is a policy that grants the same").first().waitFor()
    await page.getByRole("link", { name: "Open it" }).click()
    await page.getByRole("link", { name: "acme/*" }).click()
    await page.getByRole("radio", { name: "A group of specs" }).click()
    await page.getByRole("combobox", { name: "Group" }).click()
    await page.getByRole("option", { name: "linux" }).click()
    await button(page, "Save").click()
    await told(page, "The policy is saved").waitFor()
    const changed = { runner_spec_name: null, runner_group_name: "linux" }
    assert.deepInclude(await api("GET", `/runner_policies/${id}`), changed)
    await page.goto(`${runnerd.url}/admin/policies`)
    await button(page, "Actions of the policy of acme/* for linux").click()
    await page.getByRole("menuitem", { name: "Delete …" }).click()
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click()
    await told(page, "The policy is deleted").waitFor()
    await page.getByText("There is no policy.").waitFor()
    assert.lengthOf(await callApi<ReadonlyArray<unknown>>(runnerd.url, "GET", "/runner_policies"), 0)
    await done()
  })

  it("deleting tells what depends on it before anything is deleted", async () => {
    await spec("needed")
    await api("POST", "/runner_groups", { name: "all", spec_names: ["needed"] })
    await api("POST", "/runner_policies", { repository_full_name: "acme/web", runner_group_name: "all" })
    const { done, page } = await opened("/specs/needed")
    const dialog = page.getByRole("alertdialog")
    await button(page, "Delete …").click()
    await dialog.getByRole("button", { name: "Delete" }).click()
    await dialog.getByText('runner group "all" has it').waitFor()
    await dialog.getByRole("button", { name: "Cancel" }).click()
    assert.deepInclude(await api("GET", "/runner_specs/needed"), { name: "needed" })
    await button(page, "Delete …").click()
    await dialog.getByRole("button", { name: "Delete" }).click()
    await dialog.getByRole("button", { name: "Delete all the same" }).click()
    await page.waitForURL("**/admin/specs")
    await told(page, "needed is deleted").waitFor()
    await rowOf(page, "small").waitFor()
    assert.strictEqual(await rowOf(page, "needed").count(), 0)
    await page.getByRole("link", { name: "Groups", exact: true }).click()
    await button(page, "Actions of all").click()
    await page.getByRole("menuitem", { name: "Delete …" }).click()
    await dialog.getByRole("button", { name: "Delete" }).click()
    await dialog.getByText(/policy \d+ names it/).waitFor()
    await dialog.getByRole("button", { name: "Delete all the same" }).click()
    await told(page, "all is deleted. 1 policy is off now.").waitFor()
    await done()
  })

  it("a name may be any: its page has an address, which can be loaded", async () => {
    await spec(strange, { labels: ["self-hosted"] })
    const { done, page } = await opened("/specs")
    await page.getByRole("link", { name: strange, exact: true }).click()
    await page.getByRole("heading", { name: strange }).waitFor()
    await page.reload()
    await page.getByRole("heading", { name: strange }).waitFor()
    await page.getByLabel("Priority").fill("-1")
    await button(page, "Save").click()
    await told(page, "is saved").waitFor()
    await done()
  })

  it("who may only look is shown everything and offered nothing", async () => {
    const { done, page } = await opened("/specs", "viewer")
    await rowOf(page, "small").getByText("enabled").waitFor()
    await page.getByRole("complementary").getByText("viewer", { exact: true }).waitFor()
    const actions = page.getByRole("switch").or(page.getByRole("link", { name: /^New/ }))
    const menus = page.getByRole("button", { name: /^Actions/ })
    for (const list of ["Groups", "Policies", "Specs"]) {
      await page.getByRole("link", { name: list, exact: true }).click()
      await page.getByRole("heading", { name: list }).waitFor()
      assert.deepStrictEqual([await actions.count(), await menus.count()], [0, 0], list)
    }
    await page.getByRole("link", { name: "small", exact: true }).click()
    await page.getByRole("region", { name: "Settings" }).getByText("gh-runner").waitFor()
    assert.strictEqual(await page.getByRole("button", { name: /^(Save|Delete)/ }).count(), 0)
    assert.strictEqual(await page.locator("main input").count(), 0)
    await page.goto(`${runnerd.url}/admin/new/spec`)
    await page.getByText("it needs the role admin").waitFor()
    await done()
  })

  it("what was typed outlives the service's being away, and a token that is taken by no more", async () => {
    const { page } = await openAs(browser, "admin")
    page.setDefaultTimeout(120_000)
    await page.goto(`${runnerd.url}/admin/new/spec`)
    await page.getByLabel("Name").fill("patient")
    await page.getByLabel("Labels").pressSequentially("self-hosted,patient")
    await page.getByLabel("Template", { exact: true }).first().fill("gh-runner")
    await runnerd.kill()
    await button(page, "Create").click()
    await page.getByRole("alert").getByText("runnerd cannot be reached").waitFor()
    const another = "another-token-of-the-console"
    const config = await readFile(world.configFile, "utf8")
    await writeFile(world.configFile, config.replace(adminToken, another))
    runnerd = await world.start()
    await button(page, "Create").click()
    await page.getByText("The token was refused").waitFor()
    await page.getByLabel("API token").fill(another)
    await button(page, "Connect").click()
    await page.getByRole("alertdialog").waitFor({ state: "detached" })
    assert.strictEqual(await page.getByLabel("Name").inputValue(), "patient")
    await button(page, "Create").click()
    await page.waitForURL("**/admin/specs/patient")
    await page.context().close()
  })
})
