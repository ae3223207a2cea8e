// A log as it arrives, cut into lines.
//
// Gotcha: a chunk may end within a line, which the next one continues.

/** Older ones go, so that a log that never ends fits into a tab; the download has what the service keeps. */
export const mostLines = 20_000

export const appended = (lines: ReadonlyArray<string>, chunk: string): ReadonlyArray<string> => {
  const [first = "", ...rest] = chunk.replaceAll("\r\n", "\n").split("\n")
  return [...lines.slice(0, -1), (lines.at(-1) ?? "") + first, ...rest].slice(-mostLines)
}

/** Without the empty line that the last line break begins. */
export const completeLines = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.at(-1) === "" ? lines.slice(0, -1) : lines
