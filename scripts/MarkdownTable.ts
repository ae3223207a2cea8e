// Tables of documents that are made from the code.

const row = (cells: ReadonlyArray<string>, widths: ReadonlyArray<number>) =>
  `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`

/** A table as the formatter would write it. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((cell, index) => Math.max(3, cell.length, ...rows.map((each) => each[index]?.length ?? 0)))
  const line = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`
  return [row(head, widths), line, ...rows.map((cells) => row(cells, widths))].join("\n")
}
