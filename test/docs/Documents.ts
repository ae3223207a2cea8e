// The Markdown pages of the project, and what is in them: fenced blocks with the mark before them, headings, links.
//
// Answers for: taking a page apart. What must hold of the parts is in the tests beside this file.
// Gotcha: pages that are new and not committed yet are among them, what git ignores is not.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

const listed = (...patterns: ReadonlyArray<string>): ReadonlyArray<string> =>
  execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", ...patterns], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
    .split("\0")
    .filter((path) => path !== "")

/** Every file of the project, by its path from the root. */
export const projectFiles: ReadonlySet<string> = new Set(listed())

export interface Block {
  readonly file: string
  /** Of its first line. */
  readonly line: number
  readonly language: string
  readonly text: string
  /** What the comment directly before it says; null: there is none. */
  readonly mark: { readonly kind: string; readonly text: string } | null
}

export interface Page {
  readonly file: string
  readonly text: string
  readonly blocks: ReadonlyArray<Block>
  /** The text without its blocks. */
  readonly prose: string
}

const fence = /^( *)```(\S*)\n([\s\S]*?)^\1```$/gm
const comment = /<!-- ([a-z ]+): (.+?) -->\n\s*$/

const pageOf = (file: string): Page => {
  const text = readFileSync(join(root, file), "utf8")
  const blocks = [...text.matchAll(fence)].map((found): Block => {
    const [, indent = "", language = "", body = ""] = found
    const before = text.slice(0, found.index)
    const [, kind, words] = comment.exec(before) ?? []
    return {
      file,
      line: before.split("\n").length + 1,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      mark: kind === undefined || words === undefined ? null : { kind, text: words }
    }
  })
  return { file, text, blocks, prose: text.replaceAll(fence, "") }
}

export const pages: ReadonlyArray<Page> = listed("*.md").map(pageOf)

export const page = (file: string): Page => {
  const found = pages.find((page) => page.file === file)
  if (found === undefined) throw new Error(`there is no ${file}`)
  return found
}

/** Where a block is, for messages. */
export const at = ({ file, line }: Block): string => `${file}:${line}`
