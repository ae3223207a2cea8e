// Files, by the unmodified client and in both encodings.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FileNotFoundError, FileType, InvalidArgumentError } from "e2b"
import type { FilesystemWriteOpts } from "e2b"
import { assert, describe, it, onTestFinished } from "vitest"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

const open = async (options: Parameters<typeof simulate>[0] = {}) => {
  const world = await simulate(options)
  const sandbox = await world.e2b.Sandbox.create(runnerTemplate)
  const directory = () => world.simulator.hosts.of(sandbox.sandboxId)?.world.directory ?? ""
  return { ...world, sandbox, directory }
}

describe("files", () => {
  for (const [encoding, options] of [
    ["multipart", {}],
    ["octet-stream", { useOctetStream: true }],
    ["gzip", { gzip: true }]
  ] as ReadonlyArray<[string, FilesystemWriteOpts]>) {
    it(`what is written as ${encoding} is read back, and lies below the sandbox's directory`, async () => {
      const { sandbox, directory } = await open()
      const content = "line\r\n--boundary\nüñ\u0000end"
      const info = await sandbox.files.write("/home/user/deep/er/jit.cfg", content, options)
      assert.deepInclude(info, { path: "/home/user/deep/er/jit.cfg", name: "jit.cfg", type: FileType.FILE })
      assert.strictEqual(await sandbox.files.read("/home/user/deep/er/jit.cfg"), content)
      const real = join(directory(), "home/user/deep/er/jit.cfg")
      assert.strictEqual(readFileSync(real, "utf8"), content)
      assert.strictEqual(statSync(real).mode & 0o777, 0o666 & ~process.umask())
    })
  }

  it("a second write replaces the first", async () => {
    const { sandbox } = await open()
    await sandbox.files.write("x", "a longer text")
    await sandbox.files.write("x", "short")
    assert.strictEqual(await sandbox.files.read("x"), "short")
  })

  it("a relative path and ~ start at the user's home", async () => {
    const { sandbox, directory } = await open()
    await sandbox.files.write("a", "1")
    await sandbox.files.write("~/b", "2")
    await sandbox.files.write("c", "3", { user: "root" })
    assert.deepStrictEqual(
      ["home/user/a", "home/user/b", "root/c"].map((path) => readFileSync(join(directory(), path), "utf8")),
      ["1", "2", "3"]
    )
  })

  it("no path leads out of the sandbox's directory", async () => {
    const outside = mkdtempSync(join(tmpdir(), "e2b-outside-"))
    onTestFinished(() => rmSync(outside, { recursive: true }))
    const { sandbox, directory } = await open({ root: join(outside, "root") })
    for (const path of ["/../../escape", "../../../../escape", "~/../../../../escape"]) {
      await sandbox.files.write(path, "")
    }
    assert.deepStrictEqual(readdirSync(outside), ["root"])
    assert.deepStrictEqual(readdirSync(join(outside, "root")), [sandbox.sandboxId])
    assert.isTrue(existsSync(join(directory(), "escape")))
  })

  it("a missing file is not found, a folder is an invalid argument", async () => {
    const { sandbox } = await open()
    assert.instanceOf(await rejection(sandbox.files.read("/nope")), FileNotFoundError)
    assert.instanceOf(await rejection(sandbox.files.write("/home/user", "x")), InvalidArgumentError)
  })

  it("a template's folder and its install hook fill each new sandbox", async () => {
    const source = mkdtempSync(join(tmpdir(), "e2b-template-"))
    onTestFinished(() => rmSync(source, { recursive: true }))
    mkdirSync(join(source, "opt/actions-runner"), { recursive: true })
    writeFileSync(join(source, "opt/actions-runner/run.sh"), "#!/bin/sh\necho from the template\n", { mode: 0o755 })
    const { sandbox } = await open({
      templates: [
        {
          aliases: ["gh-runner"],
          copyFrom: source,
          install: (directory) => writeFileSync(join(directory, "opt/installed"), "yes")
        }
      ]
    })
    const { stdout } = await sandbox.commands.run('"$SANDBOX_ROOT/opt/actions-runner/run.sh"')
    assert.strictEqual(stdout, "from the template\n")
    assert.strictEqual(await sandbox.files.read("/opt/installed"), "yes")
  })
})
