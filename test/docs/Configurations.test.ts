// The configurations in the documents: each is read by its parser, and what is of runnerd's file is loaded as runnerd loads it.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import { configDocument } from "../../src/services/config/ConfigDocument.ts"
import { folder, load, pem } from "../support/ConfigFiles.ts"
import { at, pages } from "./Documents.ts"

type Tree = { readonly [key: string]: unknown }

const documents = pages
  .flatMap(({ blocks }) => blocks)
  .filter(({ language }) => language === "yaml")
  .map((block) => ({ block, tree: Yaml.parse(block.text) as Tree }))

const isOurs = (tree: Tree) => Object.keys(tree).some((key) => key in configDocument)

/** The files that the fragment names, and the secrets that it gives in a file instead of in place. */
const files = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/\w+_file: ([^\s,}]+)/g)].map(([, path = ""]) => [
      path.startsWith("/") ? path : `${folder}/${path}`,
      path.endsWith("app-key") ? pem.pkcs1 : `secret-of-${path.replace(/^.*\//, "")}`
    ])
  )

/** Beside a token's file there is no token. */
const without = (tree: Tree): Tree => {
  const admin = tree["admin"] as Tree | undefined
  return admin !== undefined && "token_file" in admin ? { ...tree, admin: { ...admin, token: undefined } } : tree
}

describe("the configurations in the documents", () => {
  it("are mappings that a parser reads, those of runnerd among them", () => {
    for (const { block, tree } of documents) assert.isObject(tree, at(block))
    assert.isAbove(documents.filter(({ tree }) => isOurs(tree)).length, 3)
  })
  for (const { block, tree } of documents.filter(({ tree }) => isOurs(tree))) {
    it.effect(`${at(block)} is accepted beside what is required`, () => load(without(tree), files(block.text)))
  }
  it.effect("would not be accepted with a key that runnerd does not know", () =>
    Effect.gen(function* () {
      const { tree } = documents.find(({ tree }) => "server" in tree)!
      const error = yield* Effect.flip(load({ server: { ...(tree["server"] as Tree), http_adress: "x" } }))
      assert.include(error.format(), "http_adress")
    })
  )
})
