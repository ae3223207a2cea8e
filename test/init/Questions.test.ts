// `runnerd init` at a terminal: what it asks, what it makes of the answers, and what it never shows.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as TestConsole from "effect/testing/TestConsole"
import { run } from "../../src/Cli.ts"
import { startGitHubSimulator } from "../../src/simulator/github/GitHubSimulator.ts"
import { formOf, sendForm } from "../support/HtmlForms.ts"
import { initFolder, type InitFolder, secrets } from "./InitFolder.ts"
import { startInitWith } from "./Started.ts"

const key = (name: string, input?: string, ctrl = false): Terminal.UserInput => ({
  input: Option.fromUndefinedOr(input),
  key: { name, ctrl, meta: false, shift: false }
})
const enter = key("return")
const down = key("down")
/** Takes away what is proposed, or was wrong. */
const erase = key("u", "u", true)
/** A line, and the key that ends it. */
const typed = (text: string) => [...text.split("").map((character) => key(character, character)), enter]

/** Presses these keys, and then nothing more: the input ends, as when Ctrl-C is pressed. */
const terminalWith = Effect.fnUntraced(function* (keys: ReadonlyArray<Terminal.UserInput>) {
  const shown: Array<string> = []
  const queue = yield* Queue.make<Terminal.UserInput, Cause.Done>()
  yield* Queue.offerAll(queue, keys)
  yield* Queue.end(queue)
  const terminal = Terminal.make({
    columns: Effect.succeed(200),
    rows: Effect.succeed(50),
    size: Effect.flatMap(Queue.make<Terminal.Size, Cause.Done>(), (sizes) => Effect.succeed(sizes)),
    readInput: Effect.succeed(queue),
    readLine: Effect.die("no line is read"),
    display: (text) => Effect.sync(() => void shown.push(text))
  })
  const stdio = Stdio.layerTest({ stdinIsTerminal: Effect.succeed(true), stdoutIsTerminal: Effect.succeed(true) })
  const services = Layer.mergeAll(NodeServices.layer, Layer.succeed(Terminal.Terminal, terminal), stdio)
  return { services, shown: () => shown.join("") }
})

const atTerminal = Effect.fnUntraced(function* (
  keys: ReadonlyArray<Terminal.UserInput>,
  folder: InitFolder,
  ...args: ReadonlyArray<string>
) {
  const { services, shown } = yield* terminalWith(keys)
  const code = yield* run(["init", "--config", folder.at("runnerd.yaml"), ...args], () => Effect.die("launched")).pipe(
    Effect.provide(services)
  )
  const printed = [...(yield* TestConsole.logLines), ...(yield* TestConsole.errorLines)].join("\n")
  return { code, printed, shown: shown() }
})

const text = (folder: InitFolder, name: string) => folder.files()[name]?.text ?? ""

describe("runnerd init at a terminal", () => {
  it.effect("asks for what it must know, proposes the rest, and shows no secret", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const answers = [
        down,
        enter,
        ...typed("4242"),
        ...typed(folder.at("given/app.pem")),
        ...typed("https://runnerd.example.com"),
        ...typed(secrets.webhook),
        ...typed("acme/*"),
        ...typed(secrets.e2b),
        enter,
        enter
      ]
      const { code, printed, shown } = yield* atTerminal(answers, folder)
      assert.strictEqual(code, 0, printed)
      const config = text(folder, "runnerd.yaml")
      for (const line of [
        "id: 4242",
        'allowed_repositories: ["acme/*"]',
        "url: var/runnerd.db",
        'http_addr: ":25500"'
      ]) {
        assert.include(config, line)
      }
      assert.strictEqual(text(folder, "secrets/webhook-secret"), `${secrets.webhook}\n`)
      assert.include(printed, "https://runnerd.example.com/webhooks/github")
      for (const secret of [secrets.webhook, secrets.e2b, text(folder, "secrets/admin-token").trim()]) {
        assert.notInclude(shown + printed, secret)
      }
      const checked = yield* folder.runnerd("check-config", "--config", folder.at("runnerd.yaml"))
      assert.strictEqual(checked.code, 0, checked.err)
    })
  )

  it.effect("makes an App, which is the first of the ways, named for its organisation; it needs a URL then", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const simulator = yield* Effect.acquireRelease(
        Effect.promise(() =>
          startGitHubSimulator({
            app: { id: 4711, webhookSecret: "x" },
            installations: [{ id: 1, owner: "acme", ownerType: "Organization", repositories: ["one"] }]
          })
        ),
        (simulator) => Effect.promise(() => simulator.close())
      )
      const answers = [
        enter,
        ...typed("acme"),
        enter,
        // No URL is no answer: the question stays.
        enter,
        ...typed("https://runnerd.example.com"),
        enter,
        ...typed(secrets.e2b),
        enter,
        enter
      ]
      const { services, shown } = yield* terminalWith(answers)
      const { fiber, page } = yield* startInitWith(services, folder, "--github-api-url", simulator.url)
      const made = yield* Effect.promise(async () => {
        const start = await fetch(page)
        const manifest = formOf(await start.text(), page)
        const asked = await sendForm(manifest)
        const agreed = await sendForm(formOf(await asked.text(), asked.url))
        await fetch(agreed.headers.get("location") ?? "")
        return manifest
      })
      assert.strictEqual(yield* Fiber.join(fiber), 0)
      assert.include(made.action, "/organizations/acme/")
      assert.include(made.fields["manifest"], '"name":"runnerd-acme","url":"https://runnerd.example.com"')
      assert.include(shown(), "expected an http or https URL")
      const checked = yield* folder.runnerd("check-config", "--config", folder.at("runnerd.yaml"))
      assert.strictEqual(checked.code, 0, checked.err)
      assert.match(text(folder, "secrets/github-app-key"), /PRIVATE KEY/)
    })
  )

  it.effect("takes a token and a PostgreSQL server, with its password apart", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const answers = [
        down,
        down,
        enter,
        ...typed(secrets.token),
        enter,
        enter,
        enter,
        ...typed(secrets.e2b),
        erase,
        ...typed("postgres://runnerd@db.example/runnerd"),
        ...typed(secrets.password),
        erase,
        ...typed("127.0.0.1:8080")
      ]
      const { code, printed, shown } = yield* atTerminal(answers, folder)
      assert.strictEqual(code, 0, printed)
      assert.strictEqual(text(folder, "secrets/github-token"), `${secrets.token}\n`)
      assert.strictEqual(text(folder, "secrets/database-password"), `${secrets.password}\n`)
      assert.match(text(folder, "secrets/webhook-secret"), /^[0-9a-f]{64}\n$/)
      for (const line of ["backend: postgres", 'http_addr: "127.0.0.1:8080"', "allowed_repositories: []"]) {
        assert.include(text(folder, "runnerd.yaml"), line)
      }
      assert.notInclude(shown + printed, secrets.password)
    })
  )

  it.effect("does not ask for what flags have said", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const { code, printed, shown } = yield* atTerminal(
        [],
        folder,
        "--app-id",
        "7",
        "--app-key-file",
        folder.at("given/app.pem"),
        "--e2b-key-file",
        folder.at("given/e2b"),
        "--webhook-secret-file",
        folder.at("given/webhook"),
        "--public-url",
        "https://runnerd.example.com",
        "--allow",
        "acme/*",
        "--database",
        "x.db",
        "--listen",
        ":1"
      )
      assert.deepStrictEqual([code, shown], [0, ""], printed)
    })
  )

  it.effect("lets a wrong answer be mended, and says what is wrong with it", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const answers = [...typed("acme"), erase, ...typed("acme/one"), erase, ...typed("25500"), erase, ...typed(":1")]
      const { code, printed, shown } = yield* atTerminal(
        answers,
        folder,
        "--github-token-file",
        folder.at("given/token"),
        "--e2b-key-file",
        folder.at("given/e2b"),
        "--webhook-secret-file",
        folder.at("given/webhook"),
        "--public-url",
        "https://runnerd.example.com",
        "--database",
        "x.db"
      )
      assert.strictEqual(code, 0, printed)
      assert.include(shown, "expected owner/repo or owner/*")
      assert.include(shown, '":PORT", "HOST:PORT" or "[IPV6]:PORT"')
      for (const line of ["[acme/one]", 'http_addr: ":1"']) assert.include(text(folder, "runnerd.yaml"), line)
    })
  )

  it.effect("says what is wrong with flags before it asks anything", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const { code, printed, shown } = yield* atTerminal([enter], folder, "--listen", "x")
      assert.deepStrictEqual([code, shown, folder.files()], [2, "", {}])
      assert.match(printed, /^init: --listen: /)
    })
  )

  it.effect("writes nothing when it is given up", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const { code, printed } = yield* atTerminal([down, enter, ...typed("4242")], folder)
      assert.deepStrictEqual([code, printed, folder.files()], [1, "init: given up; nothing was written", {}])
    })
  )
})
