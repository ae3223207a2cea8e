// Environment variables configure nothing: whatever E2B_* and GITHUB_* say, runnerd does what its file says.
//
// Gotcha: the packages underneath do read some of them; E2B_DEBUG alone would send every call to localhost and turn
// kills into no-ops.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { labels, openWorld, type World } from "../support/World.ts"

const nonsense = {
  E2B_DEBUG: "true",
  E2B_API_URL: "http://127.0.0.1:1",
  E2B_SANDBOX_URL: "http://127.0.0.1:1",
  E2B_DOMAIN: "nowhere.invalid",
  E2B_API_KEY: "e2b_not_the_key",
  E2B_ACCESS_TOKEN: "nonsense",
  E2B_MAX_CONNECTIONS: "0",
  E2B_VALIDATE_API_KEY: "true",
  GITHUB_TOKEN: "ghp_not_the_token",
  GITHUB_API_URL: "http://127.0.0.1:1",
  GITHUB_SERVER_URL: "http://127.0.0.1:1",
  GITHUB_GRAPHQL_URL: "http://127.0.0.1:1",
  GITHUB_WEBHOOK_SECRET: "nonsense",
  GITHUB_REPOSITORY: "not/this",
  GITHUB_ACTIONS: "true",
  GITHUB_RUN_ID: "0",
  APP_ID: "0",
  PRIVATE_KEY: "nonsense",
  WEBHOOK_SECRET: "nonsense",
  ADMIN_TOKEN: "nonsense",
  HTTP_ADDR: "127.0.0.1:1"
}

describe("a process whose environment is full of nonsense", { timeout: 300_000 }, () => {
  let world: World

  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it("does a job as if nothing was set, and removes its sandbox", async () => {
    const runnerd = await world.start({ ...process.env, ...nonsense })
    await world.addSpec(runnerd)
    const [id = 0] = world.run([{ name: "build", labels, steps: [{ name: "work", run: "true" }] }])
    await world.allOver(30_000)
    assert.strictEqual(world.conclusions().get(id), "success")
    assert.strictEqual(world.e2b.fleet.counts().creates, 1)
    assert.strictEqual(world.e2b.fleet.counts().kills, 1)
    assert.strictEqual(await runnerd.stop(), 0)
  })
})
