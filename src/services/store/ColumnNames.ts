// camelCase in the code, snake_case in the database: the two translations a SQL client is given.
//
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
