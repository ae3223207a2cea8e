// What a page points at is there: files, headings, pictures, and the paths that it names in passing.
//
// Gotchas: addresses elsewhere are read, never called. Anchors are made as GitHub makes them.
import { dirname, normalize } from "node:path"
import { assert, describe, it } from "vitest"
import { pages, projectFiles } from "./Documents.ts"

const inline = /`[^`\n]*`/g

/** The texts of its headings become these anchors at GitHub. */
const anchorsOf = (prose: string): ReadonlySet<string> => {
  const seen = new Map<string, number>()
  return new Set(
    [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
      const slug = heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
        .replaceAll(" ", "-")
      const times = seen.get(slug) ?? 0
      seen.set(slug, times + 1)
      return times === 0 ? slug : `${slug}-${times}`
    })
  )
}

const anchors = new Map(pages.map(({ file, prose }) => [file, anchorsOf(prose)]))

const folders = new Set(
  [...projectFiles].flatMap((file) => file.split("/").map((_, i, parts) => parts.slice(0, i).join("/")))
)
const exists = (path: string) => projectFiles.has(path) || folders.has(path.replace(/\/$/, ""))

const targetsIn = (prose: string): ReadonlyArray<string> => {
  const text = prose.replaceAll(inline, "``")
  const links = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target = ""]) => target)
  const pictures = [...text.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map(([, target = ""]) => target)
  return [...links, ...pictures]
}

const problemOf = (file: string, target: string): string | undefined => {
  if (/^[a-z]+:/.test(target))
    return URL.canParse(target) && target.startsWith("https://") ? undefined : "is no https address"
  const [path = "", anchor] = target.split("#")
  const there = path === "" ? file : normalize(`${dirname(file)}/${path}`)
  if (!exists(there)) return "is not there"
  if (anchor === undefined || !there.endsWith(".md")) return undefined
  return anchors.get(there)?.has(anchor) === true ? undefined : "has no such heading"
}

/** Paths that begin with a folder of the project; a page may leave out `src/`, or name a file beside itself. */
const pathsIn = (prose: string): ReadonlyArray<string> =>
  [...prose.matchAll(inline)]
    .map(([code]) => code.slice(1, -1))
    .filter((code) => /^[\w.-]+(?:\/[\w.-]+)+$/.test(code) && /\.(?:ts|tsx|mjs|sh|md|json|yaml|service)$/.test(code))

/** What is made, is only an example, or is another project's. */
const notOurs = /^(?:dist|secrets|var|node_modules)\/|^docs\/openapi\.json$/

describe("the pages", () => {
  it("link to files, folders and headings that are there", () => {
    const wrong = pages.flatMap(({ file, prose }) =>
      targetsIn(prose).flatMap((target) => {
        const problem = problemOf(file, target)
        return problem === undefined ? [] : [`${file}: ${target} ${problem}`]
      })
    )
    assert.deepStrictEqual(wrong, [])
    assert.isAbove(pages.flatMap(({ prose }) => targetsIn(prose)).length, 100)
  })

  it("name files of the project that are there", () => {
    const wrong = pages
      .filter(({ file }) => !["CHANGELOG.md", "docs/fidelity.md", "docs/benchmarks.md"].includes(file))
      .flatMap(({ file, prose }) =>
        pathsIn(prose)
          .filter((path) => !notOurs.test(path))
          .filter((path) => ![path, `src/${path}`, `${dirname(file)}/${path}`].some((way) => exists(normalize(way))))
          .map((path) => `${file}: ${path}`)
      )
    assert.deepStrictEqual(wrong, [])
  })

  it("are each reached from README", () => {
    const reached = new Set<string>()
    const follow = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      const { prose = "" } = pages.find((page) => page.file === file) ?? {}
      for (const target of targetsIn(prose)) {
        const path = normalize(`${dirname(file)}/${target.split("#")[0]}`).replace(/\/$/, "")
        if (projectFiles.has(path) && path.endsWith(".md")) follow(path)
        if (folders.has(path)) for (const { file } of pages) if (dirname(file) === path) follow(file)
      }
    }
    follow("README.md")
    assert.deepStrictEqual(
      pages.map(({ file }) => file).filter((file) => !reached.has(file)),
      []
    )
  })
})
