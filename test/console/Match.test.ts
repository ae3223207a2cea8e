// The match test and the dry run in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import { violations } from "./Axe.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

describe("the match test", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
    const create = (path: string, body: unknown) => callApi(lively.runnerd.url, "POST", path, body)
    await lively.world.addSpec(lively.runnerd, {
      name: "gpu",
      labels: ["self-hosted", "gpu"],
      default_available: false
    })
    await create("/runner_groups", { name: "rare", spec_names: ["gpu"] })
    await create("/runner_policies", { repository_full_name: "acme/api", runner_group_name: "rare" })
  })
  afterAll(() => lively.close())

  it("says which spec a job would get, what let it in, and why, step by step; the address has the job", async () => {
    const { page, complaints } = await lively.open("/match")
    await page.getByRole("button", { name: "Test" }).click()
    await page.getByText("Which repository the job is of").waitFor()
    await page.getByLabel("Repository").fill("acme/web")
    await page.getByLabel("Labels of the job").fill("self-hosted, large")
    await page.keyboard.press("Enter")
    await page.getByText("Runner spec large would serve it").waitFor()
    await page.getByText("Runner spec large is available by default.").waitFor()
    await page.getByText("spec_chosen").waitFor()
    const address = new URL(page.url())
    assert.deepStrictEqual(Object.fromEntries(address.searchParams), {
      repository: "acme/web",
      labels: "self-hosted, large"
    })
    await page.goto(`${lively.runnerd.url}/admin/match?repository=acme%2Fapi&labels=self-hosted%2Cgpu`)
    await page.getByText("Runner spec gpu would serve it").waitFor()
    await page.getByText("Policy 1 for acme/api grants it by runner group rare.").waitFor()
    assert.strictEqual(await page.getByLabel("Labels of the job").inputValue(), "self-hosted,gpu")
    assert.strictEqual(await page.title(), "Match test · runnerd")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("says what would make a job match, and tries that on the jobs that came lately", async () => {
    const { page, complaints } = await lively.open("/match?repository=acme%2Fweb&labels=self-hosted%2Cgpu")
    await page.getByText("Refused: it would become a failed request").waitFor()
    const remedies = page.getByRole("region", { name: "What would make it match" }).getByRole("listitem")
    const nearest = remedies.filter({ hasText: "Runner spec gpu" }).first()
    await nearest.getByText("grant it to acme/web by a policy").waitFor()
    await nearest.getByRole("button", { name: "Try on recent jobs" }).click()
    const dialog = page.getByRole("dialog", { name: "Tried on recent jobs" })
    // The job of this repository that asked for these labels, and was refused.
    await dialog.getByText(/^1 of \d+ jobs would be decided otherwise/).waitFor()
    const changed = dialog.getByRole("row").filter({ hasText: "acme/web" })
    await changed.getByText("spec_labels_not_matched").waitFor()
    await changed.getByText("admitted").waitFor()
    assert.deepStrictEqual(await violations(page), [])
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("a change is tried on its own, and the address has it", async () => {
    const { page, complaints } = await lively.open("/match")
    await page.getByRole("link", { name: "Try a change" }).click()
    await page.getByRole("combobox", { name: "Change" }).click()
    await page.getByRole("option", { name: "delete a runner spec" }).click()
    await page.getByRole("button", { name: "Try", exact: true }).click()
    await page.getByText("Needed").waitFor()
    await page.getByRole("combobox", { name: "Runner spec" }).fill("large")
    await page.keyboard.press("Enter")
    await page.waitForURL("**/admin/match/change?spec=large&kind=spec_gone")
    await page.getByText(/^3 of \d+ jobs would be decided otherwise/).waitFor()
    await page.getByRole("row").filter({ hasText: "large" }).getByText("refused").waitFor()
    await page.getByRole("combobox", { name: "Jobs of" }).click()
    await page.getByRole("option", { name: "the last 30 days" }).click()
    await page.waitForURL(/[?&]hours=.*720/)
    await page.getByText(/^3 of \d+ jobs would be decided otherwise/).waitFor()
    await page.goto(`${lively.runnerd.url}/admin/match/change?kind=spec&spec=new`)
    await page.getByText("a new spec needs labels").waitFor()
    await page.getByLabel("Labels").fill("self-hosted, gpu")
    await page.getByRole("combobox", { name: "Available by default" }).click()
    await page.getByRole("option", { name: "yes" }).click()
    await page.getByRole("button", { name: "Try", exact: true }).click()
    await page.getByText(/^1 of \d+ jobs would be decided otherwise/).waitFor()
    await page.goto(`${lively.runnerd.url}/admin/match/change?kind=policy_gone&policy=1`)
    await page.getByText(/^All \d+ jobs would be decided as they are now/).waitFor()
    await page.goto(`${lively.runnerd.url}/admin/match/change?kind=policy&repository=acme%2Fweb&group=rare`)
    await page.getByText(/^1 of \d+ jobs would be decided otherwise/).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("what stands in a form is tried before it is saved: a spec's, a group's, a policy's", async () => {
    const { page, complaints } = await lively.open("/specs/large")
    const dialog = page.getByRole("dialog", { name: "Tried on recent jobs" })
    const tryOut = page.getByRole("button", { name: "Try on recent jobs" })
    const changes = async (jobs: RegExp, row: string, then: string) => {
      await tryOut.click()
      await dialog.getByText(jobs).waitFor()
      await dialog.getByRole("row").filter({ hasText: row }).getByRole("cell").last().getByText(then).waitFor()
      await page.keyboard.press("Escape")
      await dialog.waitFor({ state: "detached" })
    }
    const stored = (path: string) => callApi<Record<string, unknown>>(lively.runnerd.url, "GET", path)
    await page.getByRole("switch", { name: "Enabled" }).click()
    await changes(/^3 of \d+ jobs would be decided otherwise/, "acme/web", "refused")
    assert.deepInclude(await stored("/runner_specs/large"), { enabled: true })
    await page.getByRole("button", { name: "Remove label large" }).click()
    await page.getByRole("button", { name: "Remove label self-hosted" }).click()
    assert.isTrue(await tryOut.isDisabled(), "without labels there is nothing to try")
    await page.goto(`${lively.runnerd.url}/admin/new/policy?group=rare`)
    assert.isTrue(await tryOut.isDisabled(), "without a repository there is nothing to try")
    await page.getByLabel("Repository").fill("acme/web")
    await changes(/^1 of \d+ jobs would be decided otherwise/, "acme/web", "gpu")
    await page.goto(`${lively.runnerd.url}/admin/policies/1`)
    await page.getByLabel("Repository").fill("acme/*")
    await changes(/^1 of \d+ jobs would be decided otherwise/, "acme/web", "gpu")
    assert.deepInclude(await stored("/runner_policies/1"), { repository_full_name: "acme/api" })
    await lively.world.addSpec(lively.runnerd, { name: "rest", labels: ["self-hosted", "gpu"], priority: -1 })
    await callApi(lively.runnerd.url, "POST", "/runner_policies", {
      repository_full_name: "acme/web",
      runner_group_name: "rare"
    })
    await page.goto(`${lively.runnerd.url}/admin/groups/rare`)
    await page.getByRole("checkbox", { name: /^gpu/ }).click()
    await changes(/^1 of \d+ jobs would be decided otherwise/, "acme/web", "rest")
    assert.deepInclude(await stored("/runner_groups/rare"), { spec_names: ["gpu"] })
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
