// What is handed to operators: the package, and the folder that the image and a server hold, made and run as they would be.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { exampleConfig } from "../../scripts/release/ExampleConfig.ts"
import { bundledPackages, installedPackages, licenceProblems } from "../../scripts/release/Licences.ts"
import { below, packedDifferences } from "../../scripts/release/PackedFiles.ts"
import { confine, type Confinement, listening, release } from "./Confined.ts"
import { healthCheck } from "./ImageFiles.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")
const { version } = JSON.parse(read("package.json")) as { readonly version: string }

const adminToken = "an-admin-token-of-some-length-0123456789"
const config = `
server: { http_addr: "127.0.0.1:0" }
admin: { token: ${adminToken} }
e2b: { api_key: e2b_0123456789abcdef, api_url: "http://127.0.0.1:1" }
github: { webhook_secret: a-secret-of-some-length, token: ghp_0123456789abcdef, api_base_url: "http://127.0.0.1:1" }
`

interface Lockfile {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

describe("the package", () => {
  let home = ""
  let app = ""
  let configFolder = ""
  let confinement: Confinement

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "runnerd-package-"))
    app = join(home, "app")
    await promisify(execFile)(process.execPath, [join(root, "scripts/assemble.mjs"), app], { cwd: root })
    confinement = confine(app)
    // As in the image: the configuration's folder is read-only, and the database's default place in it leads to the state.
    configFolder = join(home, "etc")
    mkdirSync(configFolder, { mode: 0o755 })
    symlinkSync(confinement.state, join(configFolder, "var"))
    writeFileSync(join(configFolder, "runnerd.yaml"), config)
  })
  afterAll(() => {
    release(home)
    rmSync(home, { recursive: true })
  })

  it("holds exactly the files it should, and packing leaves nothing behind", () => {
    const packed = below(app, ".").filter((path) => !path.startsWith("node_modules/"))
    assert.deepStrictEqual(packedDifferences(root, packed), { missing: [], unexpected: [] })
    assert.notInclude(readdirSync(root), "npm-shrinkwrap.json")
    const differences = packedDifferences(root, [...packed.slice(1), "dist/stray.js", "dist/console/stray.map"])
    assert.deepStrictEqual(differences, {
      missing: packed.slice(0, 1),
      unexpected: ["dist/stray.js", "dist/console/stray.map"]
    })
  })

  it("comes with packages of accepted licences only, those inside the console included", () => {
    const bundled = bundledPackages(read("dist/console/licenses.txt"))
    const bundledNames = bundled.map(({ name }) => name)
    for (const name of ["react", "radix-ui", "uplot"])
      assert.isTrue(
        bundledNames.some((some) => some.includes(name)),
        name
      )
    const all = [...installedPackages(root), ...bundled]
    assert.isAtLeast(all.length, 100)
    assert.deepStrictEqual(licenceProblems(all), [])
    const wrong = ["GPL-3.0-only", "MIT AND GPL-3.0-only", "SEE LICENSE IN x", undefined].map((licence, index) => ({
      name: `p${index}`,
      version: "1.0.0",
      licence
    }))
    assert.strictEqual(licenceProblems(wrong).length, 4)
    assert.deepStrictEqual(licenceProblems([{ name: "p", version: "1.0.0", licence: "(MIT OR GPL-3.0-only)" }]), [])
  })

  it("needs nothing that is built for one platform, so that one folder serves them all", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as Lockfile
    const native = Object.entries(packages).filter(
      ([path, entry]) =>
        path !== "" && entry["dev"] !== true && (entry["hasInstallScript"] === true || "os" in entry || "cpu" in entry)
    )
    assert.deepStrictEqual(native, [])
  })

  it("says its version, and checks a configuration that follows the example", async () => {
    assert.deepStrictEqual(await confinement.run([join(app, "dist/main.js"), "--version"]), {
      code: 0,
      out: `runnerd v${version}\n`,
      err: ""
    })
    const example = join(home, "example.yaml")
    writeFileSync(example, exampleConfig(readFileSync(join(app, "runnerd.yaml.example"), "utf8")))
    const checked = await confinement.run([join(app, "dist/main.js"), "check-config", "--config", example])
    assert.deepStrictEqual([checked.code, checked.err], [0, ""], checked.out)
    assert.include(checked.out, "example.yaml is valid")
  })

  it("serves from a read-only file system as a user without privileges, with its database where that user may write", async () => {
    const attempt = `require("node:fs").writeFileSync(${JSON.stringify(join(app, "dist/main.js"))}, "")`
    const written = await confinement.run(["-e", attempt])
    assert.match(written.err, /EROFS|EACCES/, "the tree can be written")

    const child = confinement.start([join(app, "dist/main.js"), "--config", join(configFolder, "runnerd.yaml")])
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
    try {
      const url = await listening(child)
      assert.strictEqual((await fetch(`${url}/healthz`)).status, 200)
      const page = await (await fetch(`${url}/admin/`)).text()
      const script = /src="(\/admin\/assets\/[^"]+\.js)"/.exec(page)?.[1]
      assert.strictEqual((await fetch(`${url}${script}`)).status, 200, page)
      const group = await fetch(`${url}/runner_groups`, {
        method: "POST",
        headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "large", spec_names: [] })
      })
      assert.strictEqual(group.status, 201, await group.text())
      assert.include(readdirSync(confinement.state), "runnerd.db")

      const check = healthCheck(read("Dockerfile")).map((part) => part.replace("127.0.0.1:25500", new URL(url).host))
      assert.include(check.join(" "), new URL(url).host)
      assert.deepStrictEqual(await confinement.run(check.slice(1)), { code: 0, out: "", err: "" })
      child.kill("SIGTERM")
      assert.strictEqual(await ended, 0)
      assert.strictEqual((await confinement.run(check.slice(1))).code, 1)
    } finally {
      child.kill("SIGKILL")
      await ended
    }
  })

  it("plays the demo, which leaves nothing", async () => {
    const { code, out, err } = await confinement.run([join(app, "dist/main.js"), "demo", "--once"])
    assert.strictEqual(code, 0, `${out}\n${err}`)
    assert.match(out, /All \d+ jobs ended as their workflows say\./)
  })
})
