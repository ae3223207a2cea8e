// The way from the local page through GitHub's pages and back in a real browser, under the pages' own strict policies.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { startGitHubSimulator } from "../../src/simulator/github/GitHubSimulator.ts"
import { launchBrowser, openPage } from "../console/Browser.ts"
import { initFolder } from "./InitFolder.ts"
import { appFlags, startInit } from "./Started.ts"

describe("runnerd init --github-app in a browser", () => {
  it.live(
    "leads to GitHub by a button and back by another, and then to where the App is installed",
    () =>
      Effect.gen(function* () {
        const folder = yield* initFolder
        const simulator = yield* Effect.acquireRelease(
          Effect.promise(() => startGitHubSimulator({ app: { id: 4711, webhookSecret: "x" }, installations: [] })),
          (simulator) => Effect.promise(() => simulator.close())
        )
        const browser = yield* Effect.acquireRelease(Effect.promise(launchBrowser), (browser) =>
          Effect.promise(() => browser.close())
        )
        const started = yield* startInit(folder, ...appFlags(folder, simulator))
        const { complaints, page } = yield* Effect.promise(() => openPage(browser))
        yield* Effect.promise(async () => {
          page.setDefaultTimeout(10_000)
          await page.goto(started.page)
          await page.getByRole("button", { name: "Go on to GitHub" }).click()
          await page.getByLabel("GitHub App name").fill("Our runners")
          await page.getByRole("button", { name: "Create GitHub App" }).click()
          await page.getByRole("heading", { name: "The App Our runners is made" }).waitFor()
          const install = await page.getByRole("link", { name: "Install it" }).getAttribute("href")
          assert.strictEqual(install, `${simulator.url}/apps/our-runners/installations/new`)
        })
        assert.strictEqual(yield* Fiber.join(started.fiber), 0)
        assert.deepStrictEqual(complaints, [])
        assert.include(Object.keys(folder.files()), "secrets/github-app-key")
      }),
    60_000
  )
})
