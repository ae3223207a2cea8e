// How runnerd proves to GitHub who it is: exactly one of a GitHub App, a token, or basic authentication.
//
// Answers for: which of them the file means, and that it is complete. Not for using it (services/github).
// Gotcha: a way counts as meant as soon as one of its keys has a value; an id of 0 has none.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ConfigValues } from "./ConfigDocument.ts"
import { show } from "./ConfigReport.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import { parsePrivateKey } from "./PrivateKey.ts"
import type { GitHubAuth } from "./RunnerdConfig.ts"
import { readSecret, requireHeaderSafe, requireSecret, secretIsMentioned } from "./SecretFiles.ts"

type GitHubValues = ConfigValues["github"]

const givenId = (id: number | undefined) => (id === 0 ? undefined : id)

const readApp = Effect.fnUntraced(function* (values: GitHubValues["app"], folder: string, report: ConfigReport) {
  const appId = givenId(values.id)
  if (appId === undefined && !report.isWrong("github.app.id")) {
    report.add("github.app.id", "is missing; expected the App's id, a whole number")
  }
  const name = "github.app.private_key"
  const source = { name, inline: values.private_key, file: values.private_key_file }
  const pem = yield* requireSecret(source, folder, report)
  if (pem === undefined) return undefined
  const key = yield* Effect.result(parsePrivateKey(pem))
  if (Result.isFailure(key)) {
    report.add(source.file === undefined ? name : `${name}_file`, key.failure)
    return undefined
  }
  if (appId === undefined) return undefined
  const installationId = givenId(values.installation_id)
  return { _tag: "App", appId, installationId, privateKey: key.success } satisfies GitHubAuth
})

const readToken = Effect.fnUntraced(function* (values: GitHubValues, folder: string, report: ConfigReport) {
  const source = { name: "github.token", inline: values.token, file: values.token_file }
  const token = requireHeaderSafe(source.name, yield* readSecret(source, folder, report), report)
  return token === undefined ? undefined : ({ _tag: "Token", token } satisfies GitHubAuth)
})

const readBasic = Effect.fnUntraced(function* (
  values: GitHubValues["basic_auth"],
  folder: string,
  report: ConfigReport
) {
  const { username } = values
  if (username === undefined && !report.isWrong("github.basic_auth.username")) {
    report.add("github.basic_auth.username", "is missing; expected a text")
  }
  // RFC 7617 §2: the first colon ends the user name.
  if (username?.includes(":")) {
    report.add("github.basic_auth.username", `${show(username)} holds a colon; expected a text without one`)
  }
  const source = { name: "github.basic_auth.password", inline: values.password, file: values.password_file }
  const password = yield* requireSecret(source, folder, report)
  if (username === undefined || password === undefined) return undefined
  return { _tag: "Basic", username, password } satisfies GitHubAuth
})

/** The way to authenticate. Undefined when there is none, more than one, or one that is wrong: all reported then. */
export const readGitHubAuth = Effect.fnUntraced(function* (values: GitHubValues, folder: string, report: ConfigReport) {
  if (report.isWrong("github")) return undefined
  const { app, basic_auth: basic } = values
  const meant = (known: ReadonlyArray<unknown>, names: ReadonlyArray<string>) =>
    known.some((value) => value !== undefined) || names.some((name) => report.isWrong(name))
  const mentionsApp = meant(
    [givenId(app.id), givenId(app.installation_id), app.private_key, app.private_key_file],
    ["id", "installation_id", "private_key", "private_key_file"].map((name) => `github.app.${name}`)
  )
  const mentionsBasic = meant(
    [basic.username, basic.password, basic.password_file],
    ["username", "password", "password_file"].map((name) => `github.basic_auth.${name}`)
  )
  const token = { name: "github.token", inline: values.token, file: values.token_file }
  const mentionsToken = secretIsMentioned(token, report)
  const ways = [
    ...(mentionsApp ? ["github.app"] : []),
    ...(mentionsToken ? ["github.token"] : []),
    ...(mentionsBasic ? ["github.basic_auth"] : [])
  ]
  const found: Array<GitHubAuth | undefined> = []
  if (mentionsApp) found.push(yield* readApp(app, folder, report))
  if (mentionsToken) found.push(yield* readToken(values, folder, report))
  if (mentionsBasic) found.push(yield* readBasic(basic, folder, report))
  if (ways.length === 1) return found[0]
  const all = "expected exactly one of github.app, github.token, github.basic_auth"
  report.add(
    "github",
    ways.length === 0 ? `no way to authenticate is given; ${all}` : `${ways.join(" and ")} are given together; ${all}`
  )
  return undefined
})
