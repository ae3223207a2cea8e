import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { lifecycleDocument } from "../scripts/LifecycleDocument.ts"

it("docs/lifecycle.md says what the code says (npm run docs writes it)", () => {
  const file = readFileSync(new URL("../docs/lifecycle.md", import.meta.url), "utf8")
  assert.strictEqual(file, lifecycleDocument())
})
