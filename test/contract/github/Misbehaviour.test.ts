// Every operation of the simulated GitHub in each kind of bad weather, through the unmodified Octokit: refused, reset, lost
// after its effect, broken off, late, and later than its client waits.
import { generateKeyPairSync } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type { Octokit } from "@octokit/core"
import { afterEach } from "vitest"
import { ManualClock } from "../../simulator/github/ManualMachine.ts"
import { sendForm } from "../../support/HtmlForms.ts"
import { operations } from "./Description.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import {
  eventually,
  failureOf,
  keptBack,
  pat,
  startFixture,
  webhookSecret,
  withoutToken,
  withToken
} from "./SimulatorFixture.ts"

// Making one takes longer than a whole test.
const privateKeyPem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()

const labels = ["self-hosted", "e2b"]

let opened: Fixture | undefined
afterEach(() => opened?.simulator.close())

/** What GitHub gives for an App that was just made from a manifest. */
const manifestCode = async (url: string): Promise<string> => {
  const manifest = JSON.stringify({ url: "https://a.example", redirect_url: "https://a.example/made" })
  const made = await sendForm({ action: `${url}/settings/apps/made`, fields: { manifest, name: "made" } })
  return new URL(made.headers.get("location") ?? "").searchParams.get("code") ?? ""
}

/** A queued run, one that failed, a runner, and a delivery that nobody accepted. */
const prepared = async (operation: string) => {
  const clock = new ManualClock(Date.now())
  const hookKind = operation.startsWith("repos/") || operation.startsWith("orgs/") ? "repository" : "integration"
  const fixture = await startFixture({
    app: { id: 4711, webhookSecret, privateKeyPem },
    clock,
    hookKind,
    webhookUrl: "http://127.0.0.1:1/"
  })
  opened = fixture
  const { simulator, app, acme } = fixture
  const { machine } = simulator
  const start = (name: string) =>
    machine.createRun({ repository: "acme/one", workflow: "CI", jobs: [{ name, labels }] })
  const failed = start("failed")
  machine.runs.complete(failed.jobs[0]!, "failure")
  const queued = start("queued")
  const register = (repository: string | null) => {
    const scope = machine.topology.scopeOfUrl(`${simulator.url}/acme${repository === null ? "" : `/${repository}`}`)
    const group = machine.topology.groupById(scope, 1)
    assert(group !== null)
    const registration = { labels: ["idle"], group, ephemeral: true, jit: true, workFolder: "_work", name: "r" }
    return machine.register(scope, registration, false)
  }
  const runners = { one: register("one"), acme: register(null) }
  const settled = () => eventually(() => simulator.state().pendingDeliveries === 0)
  await settled()
  /** All that an operation could change and that can be seen, as text. */
  const everything = async (): Promise<string> => {
    await settled()
    const { runs, jobs, runners: all, madeApps, deliveries } = simulator.state()
    return JSON.stringify([
      runs,
      jobs,
      all,
      madeApps,
      deliveries.map(({ id }) => id),
      [...machine.topology.installations.keys()]
    ])
  }
  const parameters = {
    code: operation === "apps/create-from-manifest" ? await manifestCode(simulator.url) : "",
    owner: "acme",
    repo: "one",
    org: "acme",
    username: "dana",
    installation_id: acme,
    run_id: operation.includes("re-run") || operation.includes("attempt") ? failed.id : queued.id,
    job_id: failed.jobs[0]!.id,
    attempt_number: 1,
    runner_id: operation.endsWith("-org") ? runners.acme.id : runners.one.id,
    hook_id: simulator.state().hookId,
    delivery_id: simulator.state().deliveries[0]?.id ?? 0
  }
  const client = async (): Promise<Octokit> => {
    if (operation === "apps/list-repos-accessible-to-installation") return app.getInstallationOctokit(acme)
    // Octokit's App would take it for a call of an installation's.
    if (operation === "apps/create-from-manifest") return withoutToken(simulator)
    return operation.startsWith("apps/") ? app.octokit : withToken(simulator, pat)
  }
  const octokit = await client()
  const described = operations[operation]
  assert(described !== undefined, operation)
  const group = operation.includes("jitconfig") ? 1 : 2
  const jit = operation.includes("jitconfig") ? { name: "fresh", labels } : {}
  const call = (signal?: AbortSignal) =>
    octokit.request(`${described.method} ${described.path}`, {
      ...(described.method === "GET" ? {} : jit),
      ...Object.fromEntries(Object.entries(parameters).filter(([name]) => described.path.includes(`{${name}}`))),
      ...(described.path.includes("runner_group_id") || operation.includes("jitconfig")
        ? { runner_group_id: group }
        : {}),
      ...(signal === undefined ? {} : { request: { signal } })
    })
  // A token is made before the fault is there, which is meant for the call alone.
  if (operation === "apps/list-repos-accessible-to-installation") await call()
  return { simulator, clock, call, everything }
}

/** Whether it changes what can be seen. A token that nobody got cannot be seen. */
const changes = (operation: string): boolean => {
  const method = operations[operation]?.method
  return method !== "GET" && !operation.endsWith("token") && !/-token-for-/.test(operation)
}

// Longer than clients wait; and a time that nothing else in the simulator waits for.
const delayMs = 65_003

describe("every call", () => {
  for (const operation of Object.keys(operations)) {
    it(`${operation} can be refused, reset or answered in broken JSON without effect, and lose its answer after it`, async () => {
      const { simulator, call, everything } = await prepared(operation)
      const { faults } = simulator
      const before = await everything()
      faults.add({ operation, answer: { status: 599, headers: { "x-odd": "1" }, body: { odd: true } } })
      const refused = await failureOf(call())
      assert.deepStrictEqual([refused.status, refused.headers["x-odd"], refused.body], [599, "1", { odd: true }])
      faults.add({ operation, answer: "reset" })
      const reset = await failureOf(call())
      assert.deepStrictEqual([reset.status, reset.headers], [500, {}])
      assert.strictEqual(await everything(), before)
      faults.add({ operation, answer: "malformed", when: "before" })
      const broken = await call()
      if (broken.data !== undefined) {
        assert.isString(broken.data)
        assert.throws(() => JSON.parse(broken.data as string), SyntaxError)
      }
      assert.strictEqual(await everything(), before)
      faults.add({ operation, answer: "reset", when: "after" })
      assert.deepStrictEqual((await failureOf(call())).headers, {})
      assert.strictEqual((await everything()) !== before, changes(operation))
      assert.isEmpty(faults.pending())
    })

    it(`${operation} can be late, and take effect when its client has long given up`, async () => {
      const { simulator, clock, call, everything } = await prepared(operation)
      const { faults } = simulator
      const before = await everything()
      const ended = () => Object.values(simulator.state().restCalls).reduce((sum, calls) => sum + calls, 0)
      const endedBefore = ended()
      faults.add({ operation, delayMs })
      const patience = new AbortController()
      const calling = failureOf(call(patience.signal))
      await keptBack(clock, calling, delayMs)
      patience.abort()
      assert.match((await calling).message, /abort/i)
      assert.strictEqual(await everything(), before)
      assert.strictEqual(ended(), endedBefore)
      clock.advance(delayMs)
      await eventually(() => ended() > endedBefore)
      assert.strictEqual((await everything()) !== before, changes(operation))
    })
  }

  it("is served, and no other: what GitHub describes of it is complete", async () => {
    const { simulator } = await prepared("apps/get-authenticated")
    const served = simulator.faults.operations().filter((name) => /^[a-z-]+\//.test(name))
    assert.sameMembers(served, Object.keys(operations))
  })

  it("that runnerd makes is among them", () => {
    const folder = "src/services/github"
    const known = new Set(Object.values(operations).map(({ method, path }) => `${method} ${path}`))
    const places = ["/repos/{owner}/{repo}/actions/runners", "/orgs/{org}/actions/runners"]
    const made = readdirSync(folder).flatMap((file) => {
      const text = readFileSync(`${folder}/${file}`, "utf8")
      const routes = [...text.matchAll(/route: (?:"([^"]+)"|`([^`]+)`)/g)].map(([, a, b]) => a ?? b ?? "")
      return routes.flatMap((route) => places.map((place) => route.replace("${route.prefix}", place)))
    })
    assert.isAbove(made.length, 8)
    assert.isEmpty(made.filter((route) => !known.has(route)))
  })
})
