// Everything that is wrong with a scenario file.
//
// Answers for: the error, and turning a schema's issues into lines that say where and what to write instead.
import * as Data from "effect/Data"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { nearestName } from "../../NearestName.ts"

export interface ScenarioProblem {
  /** `timeline[2].run.jobs[0].labels`; empty when the whole file is meant. */
  readonly path: string
  readonly message: string
}

export class ScenarioError extends Data.TaggedError("ScenarioError")<{
  readonly file: string
  readonly problems: ReadonlyArray<ScenarioProblem>
}> {
  override get message(): string {
    return this.problems.map(({ path, message }) => `${path === "" ? this.file : path}: ${message}`).join("\n")
  }
}

export const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`
    return text === "" ? String(part) : `${text}.${String(part)}`
  }, "")

/** `unknown X; did you mean Y?` */
export const unknownName = (what: string, name: string, known: ReadonlyArray<string>): string => {
  const near = nearestName(name, known)
  return `unknown ${what} ${name}; ${near === undefined ? `expected one of ${known.join(", ")}` : `did you mean ${near}?`}`
}

const expectation = (ast: SchemaAST.AST): string => {
  const given = ast.annotations?.["expected"]
  if (typeof given === "string") return given
  if (ast._tag === "Literal") return String(ast.literal)
  if (ast._tag === "Union") return ast.types.map(expectation).join(" or ")
  const checks = (ast.checks ?? []).flatMap(({ annotations }) => annotations?.["expected"] ?? [])
  if (checks.length > 0) return checks.join(", ")
  if (ast._tag === "Arrays") return "a list"
  if (ast._tag === "Boolean") return "true or false"
  if (ast._tag === "Number") return "a number"
  if (ast._tag === "String") return "a text (in quotes when it looks like a number)"
  if (ast._tag !== "Objects") return "something else"
  const keys = ast.propertySignatures.map(({ name }) => String(name))
  return keys.length === 0 ? "a mapping" : `a mapping with ${keys.slice(0, 12).join(", ")}`
}

interface Located {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

const unexpected = (ast: SchemaAST.AST, path: ReadonlyArray<PropertyKey>): string => {
  const known = ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []
  return unknownName("key", String(path.at(-1)), known)
}

/** The ones that lie deepest say most: they come from the alternative that was meant. */
const deepest = (all: ReadonlyArray<Located>): ReadonlyArray<Located> => {
  const depth = Math.max(...all.map(({ path }) => path.length))
  return all.filter(({ path }) => path.length === depth)
}

const located = (issue: SchemaIssue.Issue, path: ReadonlyArray<PropertyKey>): ReadonlyArray<Located> => {
  switch (issue._tag) {
    case "Pointer":
      return located(issue.issue, [...path, ...issue.path])
    case "Composite":
      return issue.issues.flatMap((each) => located(each, path))
    case "AnyOf": {
      const inner = issue.issues.flatMap((each) => located(each, path)).filter((each) => each.path.length > path.length)
      return inner.length > 0 ? deepest(inner) : [{ path, message: `expected ${expectation(issue.ast)}` }]
    }
    case "UnexpectedKey":
      return [{ path, message: unexpected(issue.ast, path) }]
    case "MissingKey":
      return [{ path, message: "is missing" }]
    case "InvalidType":
      return [{ path, message: `expected ${expectation(issue.ast)}` }]
    case "Filter":
    case "Encoding": {
      const expected = issue._tag === "Filter" ? issue.filter.annotations?.["expected"] : undefined
      const inner = typeof expected === "string" ? [] : located(issue.issue, path)
      return inner.length > 0 ? inner : [{ path, message: `expected ${expected}` }]
    }
    default:
      return [{ path, message: SchemaIssue.makeFormatterDefault()(issue) }]
  }
}

export const problemsOf = (issue: SchemaIssue.Issue): ReadonlyArray<ScenarioProblem> => {
  const lines = located(issue, []).map(({ path, message }) => ({ path: pathText(path), message }))
  const seen = new Set<string>()
  return lines.filter(({ path, message }) => {
    const line = `${path}: ${message}`
    if (seen.has(line)) return false
    seen.add(line)
    return true
  })
}
