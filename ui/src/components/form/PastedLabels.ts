// What may be pasted where labels are entered: a list with commas or lines, or `runs-on` as it stands in a workflow.

/** The labels in a text, without what YAML and JSON put around them. */
export const labelsIn = (pasted: string): ReadonlyArray<string> =>
  pasted
    .replace(/^\s*runs-on:/, "")
    .split(/[,\n]/)
    .map((piece) => piece.replace(/^\s*(?:-\s)?[\s["']*|[\s\]"']*$/g, ""))
    .filter((label) => label !== "")
