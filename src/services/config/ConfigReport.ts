// What is wrong with a configuration, collected so that one run can say all of it.
//
// Answers for: problems, their order, and how a wrong value is shown. Not for finding them.
// Gotcha: `show` is for values that are no secret; a caller that is not sure uses `kindOf`.

/** `path` is the key's full name, such as `worker.lease_ttl_seconds`; empty when the whole file is meant. */
export interface ConfigProblem {
  readonly path: string
  readonly message: string
}

const longestShown = 80

/** A value on one line, cut when long. */
export const show = (value: unknown): string => {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value)
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
}

/** What sort of value this is, in YAML's words, without the value. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing"
  if (Array.isArray(value)) return "a list"
  switch (typeof value) {
    case "string":
      return "a text"
    case "number":
      return "a number"
    case "boolean":
      return "true or false"
    default:
      return "a mapping"
  }
}

/** Collects problems while the parts of a configuration are read. */
export class ConfigReport {
  readonly #problems: Array<ConfigProblem> = []

  add(path: string, message: string): void {
    this.#problems.push({ path, message })
  }

  /** Whether this key, or a section around it, is known to be wrong: then nobody needs to say that it is missing. */
  isWrong(path: string): boolean {
    return this.#problems.some((problem) => path === problem.path || path.startsWith(`${problem.path}.`))
  }

  /** By path, then by message: the same file always gives the same report. */
  sorted(): ReadonlyArray<ConfigProblem> {
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
    return this.#problems.toSorted((a, b) => order(a.path, b.path) || order(a.message, b.message))
  }
}
