// A log as long as the console shows one, with lines that mean harm, where a runner's output is stored.
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

export const lineCount = 20_000

export const hostileLine = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`

const million = 1_000_000

/** Line `index` begins with its number; the last ones are coloured, hostile, and a megabyte long. */
const lines = (): ReadonlyArray<string> => [
  ...Array.from(
    { length: lineCount - 3 },
    (_, index) => `line ${index}: ${"compiled and checked ".repeat(1 + (index % 5))}`
  ),
  "\u001B[31mred words\u001B[0m and \u001B]8;;javascript:document.title='run'\u0007a link\u001B]8;;\u0007",
  hostileLine,
  `long ${hostileLine} ${"x".repeat(million)}`
]

const perChunk = 500

/** Writes it as the stdout of a request, into the database of a running runnerd, and gives it back. */
export const writeLongLog = (worldFolder: string, requestId: string): string => {
  const database = new DatabaseSync(join(worldFolder, "runnerd.db"), { timeout: 60_000 })
  try {
    const insert = database.prepare(
      "INSERT INTO request_logs (request_id, at, stream, text) VALUES (?, ?, 'stdout', ?)"
    )
    const all = lines()
    database.exec("BEGIN IMMEDIATE")
    for (let first = 0; first < all.length; first += perChunk) {
      insert.run(requestId, 0, `${all.slice(first, first + perChunk).join("\n")}\n`)
    }
    database.exec("COMMIT")
    return `${all.join("\n")}\n`
  } finally {
    database.close()
  }
}
