// `npm run template:lock` against its makers' lists, and what is refused without them.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as TestConsole from "effect/testing/TestConsole"
import { e2bEnvironment } from "../../scripts/template/E2bAccess.ts"
import { run, templatesFolder } from "../../scripts/template/main.ts"
import { listTemplates, readTemplate } from "../../scripts/template/TemplateFolder.ts"
import { lockProblems, readLock, requireLock } from "../../scripts/template/TemplateLock.ts"
import { site, startMakers, sum } from "./Makers.ts"
import type { Makers, Site } from "./Makers.ts"
import { runnerVersion, templates, testing } from "./TemplateFixture.ts"

const lockWith = Effect.fnUntraced(function* (makers: Makers, root: string, ...more: ReadonlyArray<string>) {
  const before = (yield* TestConsole.logLines).length
  const told = (yield* TestConsole.errorLines).length
  const code = yield* Effect.provide(run(["lock", ...more], root, e2bEnvironment({})), makers.client)
  const out = (yield* TestConsole.logLines).slice(before).join("\n")
  const err = (yield* TestConsole.errorLines).slice(told).join("\n")
  return { code, out, err }
})

const locked = (root: string) => Effect.flatMap(readTemplate(root, "testing"), readLock)

/** Everything there but what is taken away or changed. */
const siteWith = (changes: Site): Site => ({ ...site(), ...changes })

const without = (...keys: ReadonlyArray<string>): Site =>
  siteWith(Object.fromEntries(keys.map((key) => [key, { status: 503 }])))

const services = Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer))

describe("template:lock", () => {
  it.live("takes each checksum from its maker's own list, whatever its form, and says where it is from", () =>
    Effect.gen(function* () {
      const root = yield* templates()
      const makers = yield* startMakers()
      const { code, out } = yield* lockWith(makers, root)
      assert.strictEqual(code, 0, out)
      const lock = yield* locked(root)
      assert.deepStrictEqual(lock?.base, {
        image: "ubuntu:24.04",
        sha256: sum("7"),
        verified: true,
        source: "https://registry-1.docker.io/v2/library/ubuntu/manifests/24.04"
      })
      const found = Object.fromEntries(
        Object.entries(lock?.downloads ?? {}).map(([name, { sha256, verified }]) => [name, verified ? sha256 : null])
      )
      assert.deepStrictEqual(found, {
        go: sum("1"),
        node: sum("2"),
        rclone: sum("3"),
        gofumpt: sum("5"),
        docker: sum("6"),
        "actions-runner": sum("4")
      })
      assert.strictEqual(
        lock?.downloads["docker"]?.url,
        "https://download.docker.com/linux/ubuntu/dists/xenial/pool/stable/amd64/docker-ce_20.10.7~3-0~ubuntu-xenial_amd64.deb"
      )
      const runner = lock?.downloads["actions-runner"]
      assert.strictEqual(runner?.version, runnerVersion)
      assert.strictEqual(runner?.published, "2026-10-06T13:55:00Z")
      assert.include(out, `Runner ${runnerVersion} is the newest.`)
      const template = yield* readTemplate(root, "testing")
      assert.deepStrictEqual(yield* requireLock(template), lock)
    }).pipe(services)
  )

  it.live(
    "marks what its maker does not tell, invents nothing, ends with 1, and the build refuses it with the command",
    () =>
      Effect.gen(function* () {
        const root = yield* templates()
        const odd = "downloads.rclone.org/v1.74.2/SHA256SUMS"
        const makers = yield* startMakers({
          ...without("go.dev/dl/?mode=json&include=all"),
          [odd]: `${sum("3")}  rclone-v1.74.2-linux-arm64.zip\n`
        })
        const { code, out, err } = yield* lockWith(makers, root)
        assert.strictEqual(code, 1)
        assert.match(out, /UNVERIFIED go 1\.26\.3 .*go\.dev.* answered 503/)
        assert.match(out, /UNVERIFIED rclone 1\.74\.2 .*has no line for rclone-v1\.74\.2-linux-amd64\.zip/)
        assert.include(err, "2 of 7 checksums are not known")
        const lock = yield* locked(root)
        assert.deepInclude(lock?.downloads["go"], { sha256: null, verified: false })
        assert.deepInclude(lock?.downloads["node"], { sha256: sum("2"), verified: true })
        const { message } = yield* Effect.flip(Effect.flatMap(readTemplate(root, "testing"), requireLock))
        assert.include(message, "the checksum of go 1.26.3 is not verified")
        assert.include(message, "npm run template:lock -- testing")
      }).pipe(services)
  )

  it.live("keeps what was verified before when the maker cannot be asked now, but not for another version", () =>
    Effect.gen(function* () {
      const root = yield* templates()
      yield* lockWith(yield* startMakers(), root)
      const before = yield* locked(root)
      const offline = yield* startMakers({})
      const again = yield* lockWith(offline, root)
      assert.strictEqual(again.code, 0, again.err)
      assert.match(again.out, /kept +node 22\.23\.3/)
      assert.deepStrictEqual(yield* locked(root), before)
      const fs = yield* FileSystem.FileSystem
      const newer = {
        ...testing.downloads,
        node: { ...testing.downloads.node, version: "22.23.4" },
        // Its address is only in its maker's index.
        docker: { ...testing.downloads.docker, version: "5:20.10.8~3-0~ubuntu-xenial" }
      }
      yield* fs.writeFileString(`${root}/testing/template.json`, JSON.stringify({ ...testing, downloads: newer }))
      const template = yield* readTemplate(root, "testing")
      assert.deepStrictEqual(lockProblems(template, before), [
        "node is to be 22.23.4, and 22.23.3 is locked",
        "docker is to be 5:20.10.8~3-0~ubuntu-xenial, and 5:20.10.7~3-0~ubuntu-xenial is locked"
      ])
      assert.strictEqual((yield* lockWith(offline, root)).code, 1)
      const { node, docker } = (yield* locked(root))?.downloads ?? {}
      assert.deepInclude(node, { version: "22.23.4", sha256: null, verified: false })
      assert.deepInclude(docker, { version: "5:20.10.8~3-0~ubuntu-xenial", url: null, sha256: null, verified: false })
    }).pipe(services)
  )

  it.live(
    "raises the alarm when a published file has another checksum than before, and takes it only when told to",
    () =>
      Effect.gen(function* () {
        const root = yield* templates()
        yield* lockWith(yield* startMakers(), root)
        const list = "nodejs.org/dist/v22.23.3/SHASUMS256.txt"
        const changed = yield* startMakers(siteWith({ [list]: `${sum("9")}  node-v22.23.3-linux-x64.tar.xz\n` }))
        const { code, out, err } = yield* lockWith(changed, root)
        assert.strictEqual(code, 1)
        assert.match(out, /CHANGED +node/)
        assert.include(err, "--accept-changed")
        assert.strictEqual((yield* locked(root))?.downloads["node"]?.sha256, sum("2"))
        assert.strictEqual((yield* lockWith(changed, root, "--accept-changed")).code, 0)
        assert.strictEqual((yield* locked(root))?.downloads["node"]?.sha256, sum("9"))
      }).pipe(services)
  )

  it.live("bumps the runner of all templates in one place, and says until when GitHub gives jobs to an older one", () =>
    Effect.gen(function* () {
      const root = yield* templates()
      const body = JSON.stringify({ tag_name: "v2.339.0", published_at: "2026-11-20T10:00:00Z", assets: [] })
      const makers = yield* startMakers(siteWith({ "api.github.com/repos/actions/runner/releases/latest": body }))
      const old = yield* lockWith(makers, root)
      assert.include(old.out, "Runner 2.339.0 is out")
      assert.include(old.out, "until 2026-12-20")
      yield* lockWith(makers, root, "--runner", "latest")
      const fs = yield* FileSystem.FileSystem
      assert.strictEqual(yield* fs.readFileString(`${root}/runner-version`), "2.339.0\n")
      assert.deepInclude((yield* locked(root))?.downloads["actions-runner"], { version: "2.339.0", verified: false })
      const refused = yield* lockWith(makers, root, "--runner", "2.328.0")
      assert.strictEqual(refused.code, 1)
      assert.include(refused.err, "2.329.0 or newer")
    }).pipe(services)
  )

  it.live("reads a list that several downloads share once", () =>
    Effect.gen(function* () {
      const second = { vendor: "go", version: "1.25.1" }
      const stages = [{ ...testing.stages[0], downloads: [...(testing.stages[0]?.downloads ?? []), "go-old"] }]
      const root = yield* templates({ ...testing, stages, downloads: { ...testing.downloads, "go-old": second } })
      const makers = yield* startMakers()
      const { out } = yield* lockWith(makers, root)
      assert.match(out, /UNVERIFIED go-old 1\.25\.1 .*has no go1\.25\.1/)
      assert.lengthOf(
        makers.asked.filter((key) => key.startsWith("go.dev/")),
        1
      )
    }).pipe(services)
  )

  it.live("says which templates there are when it is asked for another, and what is wrong with a template's file", () =>
    Effect.gen(function* () {
      const root = yield* templates({ ...testing, stages: [{ script: "tools.sh", downloads: ["go", "nod"] }] })
      const makers = yield* startMakers()
      assert.include((yield* lockWith(makers, root, "nowhere")).err, 'There is no template "nowhere". Known: testing.')
      const { code, err } = yield* lockWith(makers, root)
      assert.strictEqual(code, 1)
      assert.include(err, "no download is called nod")
      assert.include(err, "no stage uses the download node")
    }).pipe(services)
  )

  it.live("takes no lock that calls an entry verified which has no checksum", () =>
    Effect.gen(function* () {
      const root = yield* templates()
      yield* lockWith(yield* startMakers({}), root)
      const fs = yield* FileSystem.FileSystem
      const file = `${root}/testing/template.lock.json`
      yield* fs.writeFileString(file, (yield* fs.readFileString(file)).replace('"verified": false', '"verified": true'))
      const { message } = yield* Effect.flip(locked(root))
      assert.include(message, "an entry is verified when it has a sha256")
      assert.include(message, "npm run template:lock -- testing")
    }).pipe(services)
  )
})

describe("the project's templates", () => {
  it.effect("have lock files of the versions that they ask for, and a runner that GitHub registers", () =>
    Effect.gen(function* () {
      const ids = yield* listTemplates(templatesFolder)
      assert.deepStrictEqual(ids, ["github-runner-ubuntu-24.04", "qbox-kodo-ubuntu-16.04"])
      for (const id of ids) {
        const template = yield* readTemplate(templatesFolder, id)
        const problems = lockProblems(template, yield* readLock(template))
        // What could not be verified is said so by the file itself, and refused by the build.
        assert.deepStrictEqual(
          problems.filter((problem) => !problem.endsWith("is not verified")),
          []
        )
        assert.property(template.downloads, "rclone")
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
