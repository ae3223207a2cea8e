// The questions of `runnerd init`, for what neither flags nor files have answered.
//
// Gotcha: an answer is checked while its question is there, so that it can be mended.
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Prompt from "effect/cli/Prompt"
import type { Answers, Given } from "./Answers.ts"
import * as Checks from "./Checks.ts"
import { usualAppName } from "./GivenAnswers.ts"
import { refuse } from "./InitError.ts"
import { usual } from "./Unasked.ts"

type Files = FileSystem.FileSystem | Path.Path
type Validate = (text: string) => Effect.Effect<string, string>

const answered = Effect.fnUntraced(function* <A>(
  prompt: (validate: Validate) => Prompt.Prompt<string>,
  check: Checks.Check<A, Files>
) {
  const files = yield* Effect.context<Files>()
  const text = yield* prompt((text) => Effect.as(Effect.provide(check(text), files), text))
  // It was right just now: a file that it names has gone since.
  return yield* Effect.mapError(check(text), (problem) => refuse(problem))
})

const line = <A>(message: string, check: Checks.Check<A, Files>, usually?: string) =>
  answered(
    (validate) => Prompt.String({ message, validate, ...(usually === undefined ? {} : { default: usually }) }),
    check
  )

const hidden = <A>(message: string, check: Checks.Check<A, Files>) =>
  answered((validate) => Prompt.map(Prompt.Password({ message, validate }), Redacted.value), check)

const askGitHub = Effect.fnUntraced(function* (port: number) {
  const way = yield* Prompt.Select({
    message: "How shall runnerd work with GitHub?",
    choices: [
      { title: "As a GitHub App that is made now, in a browser", value: "NewApp" as const },
      { title: "As a GitHub App that exists", value: "App" as const },
      { title: "With a personal access token", value: "Token" as const }
    ]
  })
  switch (way) {
    case "NewApp": {
      const organization = yield* line(
        "The organisation that shall own the App, and alone can install it (blank: you)",
        Checks.optionally(Checks.organization)
      )
      const name = yield* line("The App's name, new to all of GitHub", Checks.appName, usualAppName(organization))
      return { _tag: way, organization, name, port }
    }
    case "App": {
      const id = yield* line("The App's id", Checks.appId)
      return { _tag: way, id, privateKey: yield* line("The file with its private key (PEM)", Checks.privateKeyInFile) }
    }
    case "Token":
      return { _tag: way, token: yield* hidden("The token", Checks.typedHeaderSafe) }
  }
})

/** What is given is not asked for. */
const unless = <A, E, R>(given: A | undefined, ask: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  given === undefined ? ask : Effect.succeed(given)

/** `pagePort`: for an App that is to be made. */
export const asked = Effect.fnUntraced(function* (given: Given, pagePort: number) {
  const gitHub: Answers["gitHub"] = given.gitHub ?? (yield* askGitHub(pagePort))
  const isNew = gitHub._tag === "NewApp"
  const publicUrl = yield* unless(
    given.publicUrl,
    isNew
      ? line("The URL at which GitHub reaches this runnerd, such as https://runnerd.example.com", Checks.publicUrl)
      : line("The URL at which GitHub reaches this runnerd (blank: not known yet)", Checks.optionally(Checks.publicUrl))
  )
  const webhookSecret = isNew
    ? undefined
    : yield* unless(
        given.webhookSecret,
        hidden(
          "The webhook's secret, if GitHub has it already (blank: one is made)",
          Checks.optionally(Checks.typedSecret)
        )
      )
  const repositories = yield* unless(
    given.repositories,
    line("Whose jobs get runners: owner/repo or owner/*, separated by commas (blank: all)", Checks.repositories)
  )
  const e2bKey = yield* unless(given.e2bKey, hidden("E2B's API key", Checks.typedHeaderSafe))
  const database = yield* unless(
    given.database,
    line("The database: SQLite's file, or a PostgreSQL server's address", Checks.database, usual.database.url)
  )
  const databasePassword =
    database.backend === "postgres"
      ? yield* unless(
          given.databasePassword,
          hidden("The database's password (blank: none)", Checks.optionally(Checks.typedSecret))
        )
      : given.databasePassword
  const listen = yield* unless(given.listen, line("Where runnerd listens", Checks.listenAddress, usual.listen))
  return {
    gitHub,
    gitHubApiUrl: given.gitHubApiUrl ?? usual.gitHubApiUrl,
    webhookSecret,
    publicUrl,
    repositories,
    e2bKey,
    e2bApiUrl: given.e2bApiUrl ?? usual.e2bApiUrl,
    database,
    databasePassword,
    listen
  } satisfies Answers
})
