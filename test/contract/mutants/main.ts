// Breaks the simulators, one rule at a time, and shows that the contract tests notice.
//
//   npm run test:mutants [-- words]    only these areas, and mutations whose name holds another of the words
//
// Answers for: going through the lists, and the verdict. It fails when a named test stays green, and, for each area that
// was gone through whole, when there is a test that no mutation turned red: such a test proves nothing yet.
import { areas } from "./Areas.ts"
import { mutated } from "./Mutation.ts"
import type { MutantArea, Mutation } from "./Mutation.ts"
import { TreeCopy } from "./TreeCopy.ts"
import type { TestRun } from "./TreeCopy.ts"

const words = process.argv.slice(2)
// An area's name is also a word of many mutations.
const parts = words.filter((word) => !areas.some(({ name }) => name === word))

const copy = await TreeCopy.of(process.cwd())

let problems = 0
let tried = 0

const problem = (line: string): void => {
  console.log(`      ${line}`)
  problems += 1
}

const meant = (mutation: Mutation, tests: ReadonlyArray<TestRun>): ReadonlyArray<TestRun> =>
  mutation.reds.flatMap((part) => {
    const found = tests.filter(({ name }) => name.includes(part))
    if (found.length === 0) problem(`"${mutation.name}": no test is called "${part}"`)
    return found
  })

/** The names of the tests that the mutation was to turn red, and did. */
const redsOf = async (mutation: Mutation, tests: ReadonlyArray<TestRun>): Promise<ReadonlyArray<string>> => {
  const expected = meant(mutation, tests)
  if (expected.length === 0) return []
  const original = copy.read(mutation.file)
  copy.write(mutation.file, mutated(mutation, original))
  try {
    const reds = (await copy.runAgain(expected)).flatMap(({ name, passed }) => (passed ? [] : [name]))
    console.log(`${String(reds.length).padStart(4)} red  ${mutation.name}`)
    for (const { name } of expected) if (!reds.includes(name)) problem(`"${mutation.name}": stayed green: ${name}`)
    return reds
  } catch (failure) {
    problem(`"${mutation.name}": ${String(failure)}`)
    return []
  } finally {
    copy.write(mutation.file, original)
  }
}

const walk = async ({ name, suites, mutations }: MutantArea): Promise<void> => {
  const whole = words.length === 0 || words.includes(name)
  const wanted = mutations.filter((mutation) => whole || parts.some((part) => mutation.name.includes(part)))
  if (wanted.length === 0) return
  tried += wanted.length
  const tests = await copy.runAll(suites)
  console.log(`${name}: ${tests.length} tests, ${wanted.length} mutations`)
  const sick = tests.filter(({ passed }) => !passed)
  for (const test of sick) problem(`red without any mutation: ${test.name}: ${test.why}`)
  if (sick.length > 0) return
  const seen = new Set<string>()
  for (const mutation of wanted) for (const red of await redsOf(mutation, tests)) seen.add(red)
  if (!whole) return
  const unseen = tests.filter((test) => !seen.has(test.name))
  console.log(`${name}: ${tests.length - unseen.length} of ${tests.length} tests were seen red`)
  for (const test of unseen) problem(`never seen red: ${test.name}`)
}

try {
  for (const area of areas) await walk(area)
} finally {
  await copy.remove()
}
if (tried === 0) problem(`no area and no mutation is called ${words.join(" or ")}`)
console.log(problems === 0 ? "every mutation was noticed" : `${problems} problems`)
// By name: packages that vitest's set-up loads end a process that has nothing left to do with 0.
process.exit(problems === 0 ? 0 : 1)
