// camelCase in the code, snake_case in the database: the two translations a SQL client is given.
//
// Answers for: names, and rows under the code's names. Effect's own translation of rows (`Statement.defaultTransforms`) does the
// same for names that may be anything, which costs three times as much.
// Gotcha: they run for every column of every row, so each name is translated once and remembered. Names come
// from the code and the schema only, which bounds the memory.
const remembered = (translate: (name: string) => string) => {
  const known = new Map<string, string>()
  return (name: string): string => {
    const found = known.get(name)
    if (found !== undefined) return found
    const made = translate(name)
    known.set(name, made)
    return made
  }
}

export const toColumn = remembered((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))

export const toField = remembered((name) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))

type Row = Record<string, unknown>

/** Rows under the code's names. */
export const toFields = (rows: ReadonlyArray<object>): ReadonlyArray<never> =>
  rows.map((row) => {
    const named: Row = {}
    for (const [column, value] of Object.entries(row)) named[toField(column)] = value
    return named as never
  })

/** Rows of values that are in the order of these columns. */
export const fromValues = (
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<unknown>>,
  translate: (column: string) => string
): ReadonlyArray<never> => {
  const names = columns.map(translate)
  return rows.map((values) => {
    const named: Row = {}
    for (const [place, name] of names.entries()) named[name] = values[place]
    return named as never
  })
}
