// Answers where nobody can be asked: what is given, what is usual, or all that is missing at once.
import * as Effect from "effect/Effect"
import type { Answers, Given } from "./Answers.ts"
import { type InitError, refuse } from "./InitError.ts"

export const usual = {
  listen: ":25500",
  database: { backend: "sqlite", url: "var/runnerd.db" },
  e2bApiUrl: "https://api.e2b.app",
  gitHubApiUrl: "https://api.github.com",
  repositories: []
} as const

/** By the flag that would say it. What is there but wrong has been reported, and is not missing as well. */
const missing = ({ e2bKey, gitHub, publicUrl }: Given, problems: ReadonlyArray<string>): ReadonlyArray<string> => {
  const reported = (name: RegExp) => problems.some((problem) => name.test(problem))
  const lines: Array<string> = []
  if (gitHub === undefined && !reported(/^(?:--(?:github-app|app-|github-token-file)|secrets\/github)/)) {
    lines.push("--github-app, --app-id with --app-key-file, or --github-token-file: expected one of them")
  }
  if (gitHub?._tag === "NewApp" && publicUrl === undefined && !reported(/^--public-url/)) {
    lines.push("--public-url: is missing; expected the URL at which GitHub reaches this runnerd")
  }
  if (e2bKey === undefined && !reported(/^(?:--e2b-key-file|secrets\/e2b)/)) {
    lines.push("--e2b-key-file: is missing; expected the file that holds E2B's API key")
  }
  return lines
}

export const unasked = (given: Given, problems: ReadonlyArray<string>): Effect.Effect<Answers, InitError> => {
  const all = [...problems, ...missing(given, problems)]
  const { e2bKey, gitHub } = given
  if (all.length > 0 || gitHub === undefined || e2bKey === undefined) return Effect.fail(refuse(...all))
  return Effect.succeed({
    gitHub,
    gitHubApiUrl: given.gitHubApiUrl ?? usual.gitHubApiUrl,
    webhookSecret: given.webhookSecret,
    publicUrl: given.publicUrl,
    repositories: given.repositories ?? usual.repositories,
    e2bKey,
    e2bApiUrl: given.e2bApiUrl ?? usual.e2bApiUrl,
    database: given.database ?? usual.database,
    databasePassword: given.databasePassword,
    listen: given.listen ?? usual.listen
  })
}
