// The lists of mutations still fit the code they break. What they turn red is shown by `npm run test:mutants`.
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { areas } from "./Areas.ts"
import { mutated } from "./Mutation.ts"

for (const { name, suites, mutations } of areas) {
  describe(`the mutations of ${name}`, () => {
    it("each have a name of their own and change a file's text at exactly one place", () => {
      for (const mutation of mutations) {
        const text = readFileSync(mutation.file, "utf8")
        assert.notStrictEqual(mutated(mutation, text), text, mutation.name)
      }
      assert.strictEqual(new Set(mutations.map((mutation) => mutation.name)).size, mutations.length)
    })

    it("are about suites that exist", () => {
      assert.isTrue(suites.every((folder) => existsSync(folder)))
    })
  })
}

describe("a mutation whose text is gone, or stands there twice", () => {
  it("is an error that says so", () => {
    const mutation = { name: "n", file: "f.ts", find: "old", replace: "new", reds: ["t"] } as const
    assert.throws(() => mutated(mutation, "none"), 'mutation "n": "old" occurs 0 times in f.ts, expected 1')
    assert.throws(() => mutated(mutation, "old old"), /occurs 2 times/)
    assert.strictEqual(mutated(mutation, "an old one"), "an new one")
  })
})
