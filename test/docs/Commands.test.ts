// The commands in the documents: each is run here, or by a test that its page names, or its page says what it needs of the outside.
//
// Gotchas: a block is run here unless a comment before it says otherwise, `<!-- outside: why -->` or `<!-- run by: tests -->`. The
// blocks of a page are one script, in their order, so that what one defines the next can use; they share one runnerd.
import { spawnSync } from "node:child_process"
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { adminToken, callApi } from "../../src/demo/LocalWorld.ts"
import { pem } from "../support/ConfigFiles.ts"
import { labels } from "../support/World.ts"
import { type CommandsWorld, curls, missing, openCommandsWorld, type Ran, template } from "./CommandsWorld.ts"
import { at, type Block, pages, root } from "./Documents.ts"

/** Of each language that a fence may name, whether it is run. */
const languages: Readonly<Record<string, "run" | "read">> = {
  sh: "run",
  yaml: "read",
  sql: "read",
  promql: "read",
  nginx: "read",
  caddyfile: "read",
  mermaid: "read",
  text: "read"
}

const blocks = pages.flatMap((page) => page.blocks)
const commands = blocks.filter(({ language }) => languages[language] === "run")
/** What its commands are told apart by: names of commands and options, without what stands for something else. */
const namesIn = ({ text }: Block): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#.*/, "").trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const found = /^(?:npm (?:run )?|node dist\/main\.js |runnerd )(.+)$/.exec(line)
      if (found === null) throw new Error(`not known how to tell by which test this is run: ${line}`)
      return (found[1] ?? "").split(/\s+/).filter((word) => /^(?:--)?[a-z][a-z-]*$/.test(word))
    })
const runHere = (file: string) => commands.filter((block) => block.file === file && block.mark === null)

/** The pages whose commands are run below. */
const pagesRun = [
  "README.md",
  "deploy/README.md",
  "docs/migrating.md",
  "docs/operations.md",
  "docs/operators.md",
  "docs/simulators.md"
]

describe("the commands of the documents", () => {
  it("are in blocks whose language is known, and are marked in no other way than these", () => {
    for (const block of blocks) {
      assert.property(languages, block.language, at(block))
      assert.include([undefined, "outside", "run by"], block.mark?.kind, at(block))
    }
  })

  it("are run below, or by tests that are there, or say what they need of the outside", () => {
    for (const { file, mark } of commands) {
      if (mark === null) assert.include(pagesRun, file)
    }
    for (const block of commands.filter(({ mark }) => mark?.kind === "run by")) {
      const tests = (block.mark?.text ?? "").split(", ").map((test) => readFileSync(join(root, test), "utf8"))
      const names = namesIn(block)
      assert.isNotEmpty(names, at(block))
      for (const name of names) {
        const word = new RegExp(`(?<=[\\s"'\`])${name}(?=[\\s"'\`,])`)
        assert.isTrue(
          tests.some((test) => word.test(test)),
          `${at(block)}: no test that it names has ${name}`
        )
      }
    }
    for (const file of pagesRun) assert.isNotEmpty(runHere(file), `${file} has nothing to run`)
  })

  it.runIf(process.env["CI"])("need no program that is not here, where nobody reads what was skipped", () => {
    assert.deepStrictEqual(
      pagesRun.flatMap((file) => missing(runHere(file))),
      []
    )
  })

  it("can be read by bash", () => {
    for (const block of commands) {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: block.text, encoding: "utf8" })
      assert.strictEqual(status, 0, `${at(block)}: ${stderr}`)
    }
  })

  it("name scripts of package.json, and commands of runnerd", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object }
    const sources = ["src", "src/demo"].flatMap((folder) =>
      readdirSync(join(root, folder)).flatMap((file) =>
        file.endsWith(".ts") ? [readFileSync(join(root, folder, file), "utf8")] : []
      )
    )
    const texts = pages.flatMap(({ file, text }) => (file === "CHANGELOG.md" ? [] : [text]))
    const names = (pattern: RegExp) =>
      new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name ?? "")))
    for (const name of names(/npm run ([a-z][\w:-]*)/g)) assert.property(scripts, name)
    const known = new Set(
      sources.flatMap((text) => [...text.matchAll(/Command\.make\(\s*"([\w-]+)"/g)].map(([, name]) => name))
    )
    assert.isAbove(known.size, 5)
    for (const name of names(/(?:main\.js|`runnerd) ([a-z][\w-]*)/g)) assert.isTrue(known.has(name), `runnerd ${name}`)
  })
})

interface Named {
  readonly name: string
}

describe("run one after the other", () => {
  let world: CommandsWorld
  const names = async (path: string) =>
    (await callApi<ReadonlyArray<Named>>(world.url, "GET", path)).map(({ name }) => name)
  const addSpec = (name: string, more: object = {}) =>
    callApi(world.url, "POST", "/runner_specs", { name, labels: ["self-hosted", name], template_id: template, ...more })

  beforeAll(async () => {
    world = await openCommandsWorld()
    for (const size of ["8cpu", "gpu"]) await addSpec(`ubuntu-24-04-${size}`, { labels: ["self-hosted", size] })
  })
  afterAll(() => world.close())

  const runAll = async (
    blocks: ReadonlyArray<Block>,
    options: Parameters<CommandsWorld["runBlocks"]>[1] = {}
  ): Promise<Ran> => {
    const ran = await world.runBlocks(blocks, options)
    assert.strictEqual(ran.code, 0, ran.all)
    return ran
  }
  const run = (file: string, options?: Parameters<CommandsWorld["runBlocks"]>[1]) => runAll(runHere(file), options)
  const outputOf = (ran: Ran, words: string) => {
    const block = commands.find(({ text }) => text.includes(words)) as Block
    return ran.output.get(at(block)) ?? ""
  }
  const usesInit = (text: string) => text.includes("main.js init ")
  const lacks = (file: string) => missing(runHere(file))

  for (const [name, curl] of Object.entries(curls)) {
    it.skipIf(curl === undefined || lacks("README.md").length > 0)(
      `README's examples of the API are answered as it says, by ${name}`,
      async () => {
        // One JSON and one status for each command.
        const ofTheApi = runHere("README.md").filter(({ text }) => !usesInit(text))
        const { all } = await runAll(ofTheApi, { curl: `${curl} -sS -w '\\n%{http_code}\\n'` })
        const lines = all.split("\n").filter((line) => line !== "" && !line.startsWith("==="))
        const answers = lines.flatMap((line, index) =>
          index % 2 === 0 ? [[lines[index + 1], JSON.parse(line) as Record<string, unknown>] as const] : []
        )
        assert.deepStrictEqual(
          answers.map(([status]) => status),
          ["201", "201", "201", "200", "200", "200", "200"]
        )
        const [spec, group, policy, match, patched, deleted, audit] = answers.map(([, json]) => json)
        assert.deepInclude(spec, { name: "ubuntu-24-04", labels: ["self-hosted", "e2b"], default_available: true })
        assert.deepInclude(group, { name: "large", spec_names: ["ubuntu-24-04-8cpu", "ubuntu-24-04-gpu"] })
        assert.deepInclude(policy, { repository_full_name: "acme/*", runner_group_name: "large" })
        assert.deepInclude(match, { outcome: "admitted", reason: null })
        assert.deepInclude(patched, { max_concurrency: 20, runner_group: null, labels: ["self-hosted", "e2b"] })
        assert.deepInclude(deleted, { status: "deleted" })
        assert.deepInclude((audit as unknown as ReadonlyArray<object>)[0], { action: "runner_spec.delete" })
      }
    )
  }

  const curl = curls["curl"] ?? curls["a stand-in of curl"]

  it.skipIf(lacks("README.md").length > 0)("README's init writes a configuration that is valid", async () => {
    const elsewhere = { "app.pem": pem.pkcs8, "e2b-key": "e2b_0123456789abcdef\n" }
    const blocks = runHere("README.md").filter(({ text }) => usesInit(text))
    assert.strictEqual(blocks.length, 1)
    const { all, cwd } = await runAll(blocks, { elsewhere })
    assert.match(all, /runnerd\.yaml is valid/)
    assert.sameMembers(readdirSync(cwd), [...Object.keys(elsewhere), "runnerd.yaml", "secrets"])
  })

  it.skipIf(lacks("deploy/README.md").length > 0)(
    "deploy's secrets are made, each another, for their owner alone; then a container may read all that is mounted",
    async () => {
      const then = { words: "mkdir -m 700", commands: "stat -c %a secrets\n" }
      const ran = await run("deploy/README.md", { elsewhere: { "runnerd.yaml": "" }, then })
      assert.strictEqual(outputOf(ran, "mkdir -m 700 secrets"), "700")
      const secrets = join(ran.cwd, "secrets")
      const mode = (path: string) => statSync(path).mode & 0o777
      assert.strictEqual(mode(secrets), 0o755)
      const files = readdirSync(secrets)
      assert.sameMembers(files, ["admin-token", "metrics-token", "webhook-secret", "database-password"])
      for (const file of ["runnerd.yaml", ...files.map((name) => `secrets/${name}`)]) {
        assert.strictEqual(mode(join(ran.cwd, file)), 0o644, file)
      }
      const values = files.map((file) => readFileSync(join(secrets, file), "utf8").trim())
      for (const value of values) assert.match(value, /^[0-9a-f]{64}$/)
      assert.strictEqual(new Set(values).size, files.length)
    }
  )

  it.skipIf(lacks("docs/simulators.md").length > 0)("the simulators start a run, and take a fault", async () => {
    const control = `${world.e2b.controlUrl}/_control`
    const env = { GITHUB: world.github.url, CONTROL: control }
    await run("docs/simulators.md", { curl: `${curl} -f`, env })
    assert.deepInclude(world.github.state().jobs.at(-1), { name: "build", labels: [...labels, "small"] })
    const state = (await (await fetch(`${control}/state`)).json()) as {
      readonly faults: ReadonlyArray<object>
    }
    assert.strictEqual(state.faults.length, 1)
    await fetch(`${control}/faults`, { method: "DELETE" })
  })

  it.skipIf(lacks("docs/operations.md").length > 0)("profiles are taken, by the command and by curl", async () => {
    await run("docs/operations.md", { curl: `${curl} -f` })
    const profiles = readdirSync(world.folder).filter((name) => name.endsWith(".cpuprofile"))
    assert.isAtLeast(profiles.length, 2)
    for (const name of profiles) {
      const profile = JSON.parse(readFileSync(join(world.folder, name), "utf8")) as {
        readonly nodes: ReadonlyArray<object>
      }
      assert.isNotEmpty(profile.nodes, name)
    }
  })

  it.skipIf(lacks("docs/migrating.md").length > 0)(
    "specs, groups and policies of the original, or of a runnerd, are copied; done again, all is as it was",
    async () => {
      // As Go writes them: what is empty is left out, times that are not set are year 1.
      const time = { created_at: "2026-05-30T08:00:00Z", updated_at: "0001-01-01T00:00:00Z" }
      const rest = { max_concurrency: 4, min_idle: 2, priority: 0, enabled: true, default_available: false, ...time }
      const catalogue: Readonly<Record<string, ReadonlyArray<object>>> = {
        "/runner_specs": [{ name: "kodo", labels: ["self-hosted", "kodo"], template_id: template, ...rest }],
        "/runner_groups": [
          { name: "old", description: "of the original", spec_names: ["kodo"], enabled: true, ...time }
        ],
        "/runner_policies": [
          { id: 7, repository_full_name: "acme/*", runner_group_name: "old", enabled: true, ...time },
          { id: 8, repository_full_name: "acme/web", runner_spec_name: "kodo", enabled: false, ...time }
        ]
      }
      const original = createServer((request, response) => {
        const known = request.headers.authorization === "Bearer old-token"
        response.writeHead(known ? 200 : 401).end(JSON.stringify(catalogue[request.url ?? ""]))
      })
      await new Promise<void>((resolve) => original.listen(0, "127.0.0.1", resolve))
      const OLD = `http://127.0.0.1:${(original.address() as AddressInfo).port}`
      const copy = async (env: Readonly<Record<string, string>>) => {
        const { all } = await run("docs/migrating.md", { curl, env })
        assert.notInclude(all, '"error"')
      }
      // With their ids and the times of their making.
      const kept = async () => {
        const paths = Object.keys(catalogue)
        const lists = paths.map((path) => callApi<ReadonlyArray<object>>(world.url, "GET", path))
        return (await Promise.all(lists)).map((list) => list.map((item) => ({ ...item, updated_at: "" })))
      }
      await copy({ OLD, OLD_TOKEN: "old-token" })
      assert.include(await names("/runner_specs"), "kodo")
      assert.deepInclude(await callApi<object>(world.url, "GET", "/runner_groups/old"), { spec_names: ["kodo"] })
      const policies = await callApi<ReadonlyArray<object>>(world.url, "GET", "/runner_policies")
      const copied = policies.filter((policy) => JSON.stringify(policy).match(/"(?:kodo|old)"/))
      assert.strictEqual(copied.length, 2)

      // Again, and then from a runnerd, which writes them otherwise than Go: from this very one, where nothing may change.
      const before = await kept()
      await copy({ OLD, OLD_TOKEN: "old-token" })
      await new Promise((resolve) => original.close(resolve))
      assert.deepStrictEqual(await kept(), before)
      await copy({ OLD: world.url, OLD_TOKEN: adminToken })
      assert.deepStrictEqual(await kept(), before)
    }
  )

  it.skipIf(lacks("docs/operators.md").length > 0)(
    "an operator's commands work: check, doctor, backup, restore, a new secret, what waits",
    async () => {
      await addSpec("in-the-backup", { default_available: true })
      const secret = join(world.folder, "secrets/webhook-secret")
      writeFileSync(secret, "the old one\n")
      // As deploy installs it: runnerd's group reads it.
      chmodSync(secret, 0o640)
      const before = statSync(secret)
      // What is made after the backup is gone after the restore.
      const body = { name: "after-the-backup", labels: ["self-hosted"], template_id: template }
      const then = { words: "VACUUM INTO", commands: `api /runner_specs -f -d '${JSON.stringify(body)}'\n` }
      const ran = await run("docs/operators.md", { curl, then })
      assert.include(outputOf(ran, "VACUUM INTO"), '"after-the-backup"')
      assert.include(outputOf(ran, "runnerd doctor"), "is valid:")
      assert.match(outputOf(ran, "runnerd doctor"), /^ok {4}database: /m)
      assert.include(outputOf(ran, "confirm-database"), "This database is confirmed")
      assert.deepStrictEqual(world.asked, ["stop", "start", "restart"])
      assert.include(await names("/runner_specs"), "in-the-backup")
      assert.notInclude(await names("/runner_specs"), "after-the-backup")
      assert.match(readFileSync(secret, "utf8"), /^[0-9a-f]{64}\n$/)
      // It has the owner, the group and the mode that it had: it is the same file.
      assert.deepInclude(statSync(secret), { ino: before.ino, mode: before.mode })
      const [waiting, failed, diagnostics] = outputOf(ran, "waiting=true")
        .split(/(?<=\])(?=[[{])/)
        .map((text) => JSON.parse(text) as unknown)
      assert.isArray(waiting)
      assert.isArray(failed)
      assert.nestedPropertyVal(diagnostics, "instance.confirmed", true)
      const [copy = ""] = readdirSync(join(world.folder, "var/backup"))
      const database = new DatabaseSync(join(world.folder, "var/backup", copy), { readOnly: true })
      assert.deepInclude(database.prepare("PRAGMA integrity_check").get(), { integrity_check: "ok" })
      database.close()
    }
  )
})
