// `runnerd init --github-app` against the simulated GitHub, over HTTP: from the local page to GitHub and back.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { spawn } from "node:child_process"
import { createPrivateKey } from "node:crypto"
import { once } from "node:events"
import { chmodSync, mkdirSync, symlinkSync } from "node:fs"
import { connect } from "node:net"
import { fileURLToPath } from "node:url"
import { type GitHubSimulator, startGitHubSimulator } from "../../src/simulator/github/GitHubSimulator.ts"
import { jwt } from "../contract/github/SimulatorFixture.ts"
import { formOf, sendForm } from "../support/HtmlForms.ts"
import { initFolder, type InitFolder, runnerd } from "./InitFolder.ts"
import { appFlags, startInit } from "./Started.ts"

const gitHub = Effect.acquireRelease(
  Effect.promise(() =>
    startGitHubSimulator({
      app: { id: 4711, webhookSecret: "the simulator's own" },
      installations: [{ id: 1, owner: "acme", ownerType: "Organization", repositories: ["one"] }]
    })
  ),
  (simulator) => Effect.promise(() => simulator.close())
)

const get = (address: string | URL) => Effect.promise(() => fetch(address))
const textOf = (response: Response) => Effect.promise(() => response.text())

/** The browser's way from the local page to where GitHub sends it; a person agrees there. */
const wayThroughGitHub = Effect.fnUntraced(function* (page: string) {
  const start = yield* Effect.flatMap(get(page), textOf)
  const manifest = formOf(start, page)
  const shown = yield* Effect.promise(() => sendForm(manifest))
  assert.strictEqual(shown.status, 200)
  const agreed = yield* Effect.promise(async () => sendForm(formOf(await shown.text(), shown.url)))
  return { manifest, back: new URL(agreed.headers.get("location") ?? "") }
})

/** Until the exchange for the App's key is under way. */
const asked = (simulator: GitHubSimulator) =>
  Effect.promise(async () => {
    while (simulator.faults.met.size === 0) await new Promise((turn) => setImmediate(turn))
  })

const withQuery = (url: URL, changes: Readonly<Record<string, string>>) => {
  const changed = new URL(url)
  for (const [name, value] of Object.entries(changes)) changed.searchParams.set(name, value)
  return changed
}

const appOf = (folder: InitFolder) => {
  const files = folder.files()
  const [, id = ""] = /^ {4}id: (\d+)$/m.exec(files["runnerd.yaml"]?.text ?? "") ?? []
  return { id, key: files["secrets/github-app-key"]?.text ?? "", secret: files["secrets/webhook-secret"]?.text ?? "" }
}

describe("runnerd init --github-app", () => {
  it.effect("makes the App at GitHub, and writes its key, its secret and a configuration that is valid", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      const { back } = yield* wayThroughGitHub(page)
      assert.deepStrictEqual(folder.files(), {})
      const told = yield* get(back)
      assert.strictEqual(told.status, 200)
      const html = yield* textOf(told)
      assert.strictEqual(yield* Fiber.join(fiber), 0)

      const { id, key, secret } = appOf(folder)
      const install = `${simulator.url}/apps/runnerd/installations/new`
      assert.include(html, install)
      const { out } = printed()
      assert.include(out, install)
      assert.strictEqual(createPrivateKey(key).asymmetricKeyType, "rsa")
      for (const hidden of [key.trim(), secret.trim()]) {
        assert.isNotEmpty(hidden)
        assert.notInclude(out + html, hidden)
      }
      const modes = Object.values(folder.files()).map(({ mode }) => mode)
      assert.deepStrictEqual(modes, ["600", "700", "600", "600", "600", "600"])
      const checked = yield* runnerd("check-config", "--config", folder.at("runnerd.yaml"))
      assert.strictEqual(checked.code, 0, checked.err)
      assert.include(checked.out, `as App ${id}`)
      // The key is the App's own: GitHub knows it by what it signs.
      const now = Math.floor(Date.now() / 1000)
      const authorization = `bearer ${jwt(key, { iat: now - 5, exp: now + 60, iss: id })}`
      const itself = yield* Effect.promise(() => fetch(`${simulator.url}/app`, { headers: { authorization } }))
      const app = (yield* Effect.promise(() => itself.json())) as { readonly id: number }
      assert.deepStrictEqual([itself.status, String(app.id)], [200, id])
    })
  )

  it.effect("asks GitHub for what runnerd needs, and for nothing else", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { page } = yield* startInit(folder, ...appFlags(folder, simulator), "--app-name", "Our <runners>")
      const start = yield* Effect.flatMap(get(page), textOf)
      assert.include(start, "It asks for: Administration: write, Actions: read, Metadata: read.")
      const { action, fields } = formOf(start, page)
      const { redirect_url: back, ...manifest } = JSON.parse(fields["manifest"] ?? "") as Record<string, unknown>
      assert.deepStrictEqual(manifest, {
        name: "Our <runners>",
        url: "https://runnerd.example.com",
        description: "Ephemeral GitHub Actions runners in E2B sandboxes, by runnerd.",
        hook_attributes: { url: "https://runnerd.example.com/webhooks/github", active: true },
        public: false,
        default_permissions: {
          administration: "write",
          actions: "read",
          metadata: "read"
        },
        default_events: ["workflow_job", "workflow_run"]
      })
      assert.strictEqual(back, `${page}/made`)
      assert.match(action, new RegExp(`^${simulator.url}/settings/apps/new\\?state=[\\w-]{32}$`))
    })
  )

  it.effect("lets an organisation own the App, and asks for its runner groups, too", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page } = yield* startInit(folder, ...appFlags(folder, simulator), "--organization", "acme")
      const { back, manifest } = yield* wayThroughGitHub(page)
      assert.include(manifest.action, `${simulator.url}/organizations/acme/settings/apps/new?`)
      yield* get(back)
      assert.strictEqual(yield* Fiber.join(fiber), 0)
      assert.include(manifest.fields["manifest"], '"name":"runnerd-acme"')
      assert.include(manifest.fields["manifest"], '"organization_self_hosted_runners":"write"')
    })
  )

  it.effect("believes nobody who comes with another state, and goes on waiting for the right one", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      const { back } = yield* wayThroughGitHub(page)
      const forged = yield* get(withQuery(back, { state: "another", code: "of-another-app" }))
      assert.strictEqual(forged.status, 400)
      assert.include(printed().err, "another state was refused")
      const elsewhere = new URL(back)
      elsewhere.pathname = "/made"
      assert.strictEqual((yield* get(elsewhere)).status, 404)
      assert.strictEqual((yield* get(new URL("/", page))).status, 404)
      assert.deepStrictEqual(folder.files(), {})
      yield* get(back)
      assert.strictEqual(yield* Fiber.join(fiber), 0)
      assert.notStrictEqual(appOf(folder).id, "")
    })
  )

  it.effect("takes one answer: a second one is told so, and changes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      // GitHub's answer to the exchange is held back, so that the first is under way when the second comes.
      simulator.faults.add({ operation: "apps/create-from-manifest", delayMs: 60_000, times: 1 })
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      const { back } = yield* wayThroughGitHub(page)
      const first = yield* Effect.forkScoped(get(back))
      yield* asked(simulator)
      assert.strictEqual((yield* get(back)).status, 410)
      // Ctrl-C waits for what becomes of the App, and tells it.
      const stopped = yield* Effect.forkScoped(Fiber.interrupt(fiber))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* Fiber.join(first)).status, 502)
      yield* Fiber.join(stopped)
      assert.match(printed().err, /^init: GitHub did not answer within 30s.*delete it there, or make a key for it/)
      assert.deepStrictEqual([process.exitCode, folder.files()], [1, {}])
    })
  )

  it.effect("keeps an App that GitHub has made, even when Ctrl-C is pressed before its key is there", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      simulator.faults.add({ operation: "apps/create-from-manifest", delayMs: 200, times: 1 })
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      const { back } = yield* wayThroughGitHub(page)
      const told = yield* Effect.forkScoped(get(back))
      yield* asked(simulator)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* Fiber.join(told)).status, 200)
      assert.deepStrictEqual([process.exitCode, printed().err], [undefined, ""])
      assert.include(printed().out, "What is left to do")
      assert.notStrictEqual(appOf(folder).id, "")
    })
  )

  it.effect("names the App that nobody has the key of, when its key cannot be written after all", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator), "--app-name", "Ours")
      const { back } = yield* wayThroughGitHub(page)
      folder.put("secrets/github-app-key", "somebody was faster")
      const told = yield* get(back)
      assert.strictEqual(told.status, 502)
      assert.strictEqual(yield* Fiber.join(fiber), 1)
      for (const text of [printed().err, yield* textOf(told)]) {
        assert.include(text, "is there already")
        assert.include(text, "GitHub made the App Ours, and its key is lost.")
        assert.include(text, "delete it there, or make a key for it and use --app-id")
      }
    })
  )

  it.live("lets go of a connection on which a browser never asked anything, so that the process can end", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page } = yield* startInit(folder, ...appFlags(folder, simulator))
      const silent = yield* Effect.acquireRelease(
        Effect.sync(() => connect(Number(new URL(page).port), "127.0.0.1")),
        (socket) => Effect.sync(() => socket.destroy())
      )
      yield* Effect.promise(() => once(silent, "connect"))
      const closed = once(silent, "close")
      const { back } = yield* wayThroughGitHub(page)
      assert.strictEqual((yield* get(back)).status, 200)
      assert.strictEqual(yield* Fiber.join(fiber), 0)
      yield* Effect.promise(() => closed)
    })
  )

  it.effect("says so when GitHub does not know the code any more, and writes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      const { back } = yield* wayThroughGitHub(page)
      const code = back.searchParams.get("code") ?? ""
      const used = yield* Effect.promise(() =>
        fetch(`${simulator.url}/app-manifests/${code}/conversions`, { method: "POST" })
      )
      assert.strictEqual(used.status, 201)
      const told = yield* get(back)
      assert.strictEqual(told.status, 502)
      assert.strictEqual(yield* Fiber.join(fiber), 1)
      for (const text of [printed().err, yield* textOf(told)]) assert.include(text, "it counts once, and for an hour")
      assert.deepStrictEqual(folder.files(), {})
    })
  )

  it.effect("tells what GitHub said when it refuses, or fails, and what to do about an App without a key", () =>
    Effect.gen(function* () {
      const simulator = yield* gitHub
      const answers = [
        { status: 422, body: { message: "Validation Failed" } },
        { status: 500, body: { message: "Server Error" } },
        { status: 201, body: { id: 7 } }
      ]
      for (const { body, status } of answers) {
        const folder = yield* initFolder
        simulator.faults.add({ operation: "apps/create-from-manifest", answer: { status, body }, times: 1 })
        const { fiber, page, printed } = yield* startInit(
          folder,
          ...appFlags(folder, simulator),
          "--app-name",
          `runnerd ${status}`
        )
        const { back } = yield* wayThroughGitHub(page)
        assert.strictEqual((yield* get(back)).status, 502)
        assert.strictEqual(yield* Fiber.join(fiber), 1)
        const { err } = printed()
        assert.include(err, status === 201 ? "lacks the App's key" : (body.message ?? ""))
        assert.include(err, "delete it there, or make a key for it and use --app-id")
        assert.deepStrictEqual(folder.files(), {})
      }
    })
  )

  it.effect("ends when GitHub sends the browser back without a code", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      const { action } = formOf(yield* Effect.flatMap(get(page), textOf), page)
      const state = new URL(action).searchParams.get("state") ?? ""
      const told = yield* get(`${page}/made?state=${state}&error=access_denied&error_description=Not+today`)
      assert.strictEqual(told.status, 502)
      assert.strictEqual(yield* Fiber.join(fiber), 1)
      assert.include(printed().err, "GitHub made no App (Not today)")
      assert.deepStrictEqual(folder.files(), {})
    })
  )

  it.effect("gives up after an hour, which is how long GitHub's code counts", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { fiber, page, printed } = yield* startInit(folder, ...appFlags(folder, simulator))
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* get(page)).status, 200)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(fiber), 1)
      assert.include(printed().err, "within an hour")
      assert.deepStrictEqual(folder.files(), {})
    })
  )

  it.effect("asks nothing of GitHub when what it would write is in the way, or would not load", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      folder.put("secrets/github-app-key", "of another App")
      const first = yield* folder.init(...appFlags(folder, simulator))
      assert.strictEqual(first.code, 2)
      assert.include(first.err, folder.at("secrets/github-app-key"))
      assert.notInclude(first.out, "Open this")
      const other = yield* initFolder
      other.put("given/password", "x")
      const password = ["--database-password-file", other.at("given/password")]
      const second = yield* other.init(...appFlags(other, simulator), ...password)
      assert.strictEqual(second.code, 2)
      assert.include(second.err, "database.password")
      assert.notInclude(second.out, "Open this")
    })
  )

  it.effect(
    "asks nothing of GitHub when what it would write cannot be written, and leaves no trace of the attempt",
    () =>
      Effect.gen(function* () {
        const simulator = yield* gitHub
        const places: ReadonlyArray<readonly [string, (folder: InitFolder) => void, ...ReadonlyArray<string>]> = [
          // What is no folder takes no file, and what is no file cannot be kept by a link.
          ["secrets/admin-token", (folder) => folder.put("secrets", ""), "--force"],
          ["runnerd.yaml", ({ at }) => mkdirSync(at("runnerd.yaml")), "--force"],
          // A link that leads nowhere is in the way.
          ["runnerd.yaml", ({ at }) => symlinkSync(at("nowhere"), at("runnerd.yaml"))]
        ]
        for (const [name, spoil, ...more] of places) {
          const folder = yield* initFolder
          spoil(folder)
          const before = folder.files()
          const { err, out } = yield* folder.init(...appFlags(folder, simulator), ...more)
          assert.include(err, `${folder.at(name)}: `)
          assert.notInclude(out, "Open this")
          assert.deepStrictEqual(folder.files(), before)
        }
      })
  )

  // Nothing is forbidden to root.
  it.effect.skipIf(process.getuid?.() === 0)("asks nothing of GitHub when the folder is not this user's to write", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      chmodSync(folder.path, 0o500)
      yield* Effect.addFinalizer(() => Effect.sync(() => chmodSync(folder.path, 0o700)))
      const { code, err, out } = yield* folder.init(...appFlags(folder, simulator))
      assert.strictEqual(code, 1)
      assert.include(err, "cannot be written")
      assert.notInclude(out, "Open this")
    })
  )

  it.effect("says which port is taken", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const { port } = new URL(simulator.url)
      const { code, err } = yield* folder.init(...appFlags(folder, simulator), "--page-port", port)
      assert.strictEqual(code, 1)
      assert.include(err, `127.0.0.1:${port} cannot be listened on`)
    })
  )

  it.effect("as a process that Ctrl-C ends, leaves nothing, and ends with 1", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* gitHub
      const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
      const args = ["init", "--config", folder.at("runnerd.yaml"), ...appFlags(folder, simulator)]
      const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
      const ended = once(child, "close")
      let err = ""
      child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()))
      yield* Effect.promise(() => once(child.stdout, "data"))
      child.kill("SIGINT")
      const [code] = (yield* Effect.promise(() => ended)) as [number]
      assert.deepStrictEqual([code, err], [1, "init: given up; nothing was written\n"])
      assert.deepStrictEqual(folder.files(), {})
    })
  )
})
