// Whether one answer can be used, in the words of the configuration's own rules.
//
// Answers for: texts as people type them, and files that hold secrets. A check fails with the end of a sentence that begins
// with the flag's name. Gotcha: nothing of a secret is in it.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { parseAllowedRepositories } from "../services/config/AllowedRepositories.ts"
import { ConfigReport, show } from "../services/config/ConfigReport.ts"
import { parseBaseUrl, parseGitHubUrl, parseListenAddress, withoutTrailingSlash } from "../services/config/Endpoints.ts"
import { parsePostgres } from "../services/config/PostgresUrl.ts"
import { parsePrivateKey } from "../services/config/PrivateKey.ts"
import { requireHeaderSafe, requireSecret } from "../services/config/SecretFiles.ts"
import type { DatabaseAnswer } from "./Answers.ts"

export type Check<A, R = never> = (text: string) => Effect.Effect<A, string, R>

/** What the loader makes of it, or the first thing that it reports. */
const asLoaded = <A>(read: (report: ConfigReport) => A | undefined): Effect.Effect<A, string> =>
  Effect.suspend(() => {
    const report = new ConfigReport()
    const value = read(report)
    const [problem] = report.sorted()
    return value === undefined || problem !== undefined
      ? Effect.fail(problem?.message ?? "is missing")
      : Effect.succeed(value)
  })

export const listenAddress: Check<string> = (text) =>
  Effect.as(
    asLoaded((report) => parseListenAddress("", text, report)),
    text.trim()
  )

const baseUrl: Check<string> = (text) =>
  asLoaded((report) => {
    const url = parseBaseUrl("", text, report)
    return url && withoutTrailingSlash(url)
  })

export const e2bApiUrl = baseUrl
export const publicUrl = baseUrl
export const gitHubApiUrl: Check<string> = (text) => asLoaded((report) => parseGitHubUrl(text, report))

/** Separated by commas or blanks; none at all: every repository. */
export const repositories: Check<ReadonlyArray<string>> = (text) =>
  asLoaded((report) =>
    parseAllowedRepositories(
      text.split(/[\s,]+/).filter((entry) => entry !== ""),
      report
    )
  )

/** Decimal digits alone: what is typed has no sign and no exponent. */
export const appId: Check<number> = (text) =>
  /^[1-9]\d{0,14}$/.test(text.trim())
    ? Effect.succeed(Number(text.trim()))
    : Effect.fail(`${show(text)} is not accepted; expected the App's id, a whole number`)

/** An account's name, as GitHub allows it. */
export const organization: Check<string> = (text) =>
  /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})$/.test(text.trim())
    ? Effect.succeed(text.trim())
    : Effect.fail(`${show(text)} is not accepted; expected an organisation's name, such as acme`)

/** GitHub cuts nothing off: a longer one is refused there. */
export const appName: Check<string> = (text) =>
  text.trim() !== "" && text.trim().length <= 34
    ? Effect.succeed(text.trim())
    : Effect.fail(`${show(text)} is not accepted; expected a name of 1 to 34 characters`)

const separatePassword =
  "holds a password, which would be seen where the address is; expected it apart, in a file of its own"

export const database: Check<DatabaseAnswer> = (text) => {
  const url = text.trim()
  if (url === "") return Effect.fail("is blank; expected a file's path, or the address of a PostgreSQL server")
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) || /(?:^|\s)(?:host|dbname)\s*=/.test(url)
  if (!isAddress) return Effect.succeed({ backend: "sqlite", url })
  const parsed = parsePostgres(url)
  if (Result.isFailure(parsed)) return Effect.fail(parsed.failure)
  const address = new URL(Redacted.value(parsed.success.url))
  return address.password === "" && !address.searchParams.has("password")
    ? Effect.succeed({ backend: "postgres", url })
    : Effect.fail(separatePassword)
}

/** Undefined for a blank text, which says nothing. */
export const optionally =
  <A, R>(check: Check<A, R>): Check<A | undefined, R> =>
  (text) =>
    text.trim() === "" ? Effect.succeed(undefined) : check(text)

/** What is typed or pasted, without blanks around it. */
export const typedSecret: Check<Redacted.Redacted> = (text) =>
  text.trim() === "" ? Effect.fail("is blank") : Effect.succeed(Redacted.make(text.trim()))

/** For secrets that travel in a header: visible ASCII. */
const headerSafe = (secret: Redacted.Redacted): Effect.Effect<Redacted.Redacted, string> =>
  asLoaded((report) => requireHeaderSafe("", secret, report))

export const typedHeaderSafe: Check<Redacted.Redacted> = (text) => Effect.flatMap(typedSecret(text), headerSafe)

/** Relative paths start where the command was called. */
export const secretInFile = Effect.fnUntraced(function* (file: string) {
  const report = new ConfigReport()
  const secret = yield* requireSecret({ name: "", inline: undefined, file }, process.cwd(), report)
  const [problem] = report.sorted()
  if (secret === undefined) return yield* Effect.fail(problem?.message ?? "is missing")
  return secret
})

export const headerSafeInFile = (file: string) => Effect.flatMap(secretInFile(file), headerSafe)

/** The key as it stands in the file. */
export const privateKeyInFile = Effect.fnUntraced(function* (file: string) {
  const pem = yield* secretInFile(file)
  yield* parsePrivateKey(pem)
  return pem
})
