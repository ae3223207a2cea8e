// envd's file system calls, over folders and in memory alike.
import { FileNotFoundError, InvalidArgumentError } from "e2b"
import { assert, describe, it } from "vitest"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

const silent = async () => 0

for (const [kind, options] of [
  ["in a folder", {}],
  ["in memory", { commands: silent }]
] as const) {
  describe(`files ${kind}`, () => {
    const sandboxOf = async () => {
      const { e2b } = await simulate(options)
      return (await e2b.Sandbox.create(runnerTemplate)).files
    }

    it("are written with their folders, read, found, and told of", async () => {
      const files = await sandboxOf()
      await files.write("/tmp/a/b/c.txt", "hello")
      assert.strictEqual(await files.read("/tmp/a/b/c.txt"), "hello")
      assert.isTrue(await files.exists("/tmp/a/b"))
      assert.isFalse(await files.exists("/tmp/x"))
      const { name, type, path, size } = await files.getInfo("/tmp/a/b/c.txt")
      assert.deepStrictEqual(
        { name, type, path, size },
        { name: "c.txt", type: "file", path: "/tmp/a/b/c.txt", size: 5 }
      )
    })

    it("are listed to a depth", async () => {
      const files = await sandboxOf()
      await files.write("/tmp/a/b/c.txt", "hello")
      const names = async (depth: number) => (await files.list("/tmp/a", { depth })).map(({ path }) => path)
      assert.deepStrictEqual(await names(1), ["/tmp/a/b"])
      assert.deepStrictEqual(await names(2), ["/tmp/a/b", "/tmp/a/b/c.txt"])
      assert.instanceOf(await rejection(files.list("/tmp/a/b/c.txt")), InvalidArgumentError)
      assert.instanceOf(await rejection(files.list("/tmp/x")), FileNotFoundError)
    })

    it("are moved and removed with all that is in them", async () => {
      const files = await sandboxOf()
      await files.write("/tmp/a/b/c.txt", "hello")
      await files.rename("/tmp/a/b", "/tmp/d")
      assert.strictEqual(await files.read("/tmp/d/c.txt"), "hello")
      assert.isFalse(await files.exists("/tmp/a/b"))
      await files.remove("/tmp/d")
      assert.isFalse(await files.exists("/tmp/d/c.txt"))
      await files.remove("/tmp/d")
      assert.instanceOf(await rejection(files.rename("/tmp/d", "/tmp/e")), FileNotFoundError)
    })

    it("have folders that are made once", async () => {
      const files = await sandboxOf()
      assert.isTrue(await files.makeDir("/tmp/new/folder"))
      assert.isFalse(await files.makeDir("/tmp/new/folder"))
      assert.instanceOf(await rejection(files.write("/tmp/new/folder", "x")), InvalidArgumentError)
    })

    it("start at home, and never lead out", async () => {
      const files = await sandboxOf()
      await files.write("notes", "1")
      assert.strictEqual(await files.read("/home/user/notes"), "1")
      await files.write("../../../tmp/inside", "2")
      assert.isTrue(await files.exists("/home/user/tmp/inside"))
    })
  })
}
