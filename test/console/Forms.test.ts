import { assert, it } from "@effect/vitest"
import { labelsIn } from "../../ui/src/components/form/PastedLabels.ts"
import { changedFields, fieldStates, rebased } from "../../ui/src/components/form/Rebase.ts"

it.each([
  ["self-hosted", ["self-hosted"]],
  ["self-hosted, e2b,,linux ", ["self-hosted", "e2b", "linux"]],
  ["self-hosted\r\ne2b\n", ["self-hosted", "e2b"]],
  ["runs-on: [self-hosted, 'e2b', \"gpu x\"]", ["self-hosted", "e2b", "gpu x"]],
  ["runs-on:\n  - self-hosted\n  - e2b", ["self-hosted", "e2b"]],
  ['["self-hosted","e2b"]', ["self-hosted", "e2b"]],
  ["-odd-", ["-odd-"]],
  [" , \n", []]
] as const)("%j is a list of labels", (pasted, labels) => {
  assert.deepStrictEqual(labelsIn(pasted), labels)
})

const base = { labels: ["a"], limit: "1", priority: "0", enabled: true }

it("only what was changed is sent, lists by what is in them", () => {
  assert.deepStrictEqual(changedFields(base, { ...base, labels: ["a"], limit: "2" }), { limit: "2" })
  assert.deepStrictEqual(changedFields(base, { ...base, labels: ["a", "b"] }), { labels: ["a", "b"] })
})

it("what was changed here stands upon what is stored by now", () => {
  const theirs = { ...base, limit: "5", priority: "7" }
  const mine = { ...base, priority: "3", enabled: false }
  assert.deepStrictEqual(rebased(base, theirs, mine), { labels: ["a"], limit: "5", priority: "3", enabled: false })
})

it("fields that both changed clash unless to the same", () => {
  const theirs = { ...base, labels: ["b"], limit: "5", priority: "7" }
  const mine = { ...base, limit: "5", priority: "3", enabled: false }
  const states = fieldStates(base, theirs, mine).map(({ clashes, field }) => [field, clashes])
  assert.deepStrictEqual(states, [
    ["labels", false],
    ["limit", false],
    ["priority", true],
    ["enabled", false]
  ])
})
