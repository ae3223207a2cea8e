// What has been tried already, in a file: an interrupted run goes on from there.
//
// Answers for: one line for each life that ended well, with its death or without one. What failed is not in it, and is tried
// again. Gotcha: it does not know of which sources it tells; whoever changes them begins another file.
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import type { Story } from "./FaultRun.ts"

export interface FaultRecord {
  readonly find: (name: string) => Story | undefined
  readonly add: (name: string, story: Story) => void
}

type Line = Story & { readonly name: string }

/** A last line that a death of ours cut off is left out. */
const parse = (line: string): ReadonlyArray<Line> => {
  try {
    return [JSON.parse(line) as Line]
  } catch {
    return []
  }
}

export const openRecord = (file: string): FaultRecord => {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").flatMap(parse) : []
  const known = new Map(lines.map(({ name, ...story }) => [name, story]))
  return {
    find: (name) => known.get(name),
    // Begins with the end of a line that may have been cut off.
    add: (name, story) => appendFileSync(file, `\n${JSON.stringify({ name, ...story } satisfies Line)}`)
  }
}

/** Keeps nothing. */
export const noRecord: FaultRecord = { find: () => undefined, add: () => undefined }
