// Mutations of the simulators as data: each breaks one rule, and names the contract tests that must notice.
//
// Answers for: the form, and applying one to a file's text. Not for running tests (main.ts).
// Gotcha: `find` has to occur exactly once; Mutants.test.ts keeps the lists from rotting.

export interface Mutation {
  /** The rule that is broken, in the words of what the simulator does instead. */
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /**
   * Parts of test names as `File › describe › title` (without `.test.ts`). Each must mean at least one test, and every
   * test that it means has to go red.
   */
  readonly reds: readonly [string, ...Array<string>]
}

/** Mutations of one file, in one line each: name, find, replace, reds. */
export const mutationsOf =
  (file: string) =>
  (name: string, find: string, replace: string, ...reds: Mutation["reds"]): Mutation => ({
    name,
    file,
    find,
    replace,
    reds
  })

/** One simulator's contract suites, and what has been broken to see them red. */
export interface MutantArea {
  readonly name: string
  /** Folders of test files. Each of their tests must be turned red by some mutation. */
  readonly suites: ReadonlyArray<string>
  readonly mutations: ReadonlyArray<Mutation>
}

/** Throws when `find` is not there exactly once. */
export const mutated = ({ name, file, find, replace }: Mutation, text: string): string => {
  const parts = text.split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`mutation "${name}": ${JSON.stringify(find)} occurs ${parts.length - 1} times in ${file}, expected 1`)
}
