// Whether GitHub lets runnerd do its work.
//
// Answers for: credentials, permissions, events and installations. Which are needed says domain/GitHubAppNeeds.ts.
// Gotcha: an installation has the permissions that its owner accepted, which may be fewer than the App asks for by now.
import * as Effect from "effect/Effect"
import { fail, type Line, ok, warn } from "../../domain/Finding.ts"
import { neededForGroups, neededPermissions, permissionName } from "../../domain/GitHubAppNeeds.ts"
import { counted } from "../../domain/Sentence.ts"
import type { GitHubError } from "../../domain/GitHubError.ts"
import { ownerOf } from "../../domain/RepositoryName.ts"
import type { RunnerdConfig } from "../config/RunnerdConfig.ts"
import type { GitHubInspection, InspectedInstallation } from "../github/GitHubInspection.ts"
import type { DatabaseFacts } from "./DatabaseFacts.ts"
import { type Check, sentenceOf, unknownBecauseOf } from "./Examination.ts"

type Permissions = InspectedInstallation["permissions"]

/** Those that are not granted, as GitHub's settings call them. */
const missing = (granted: Permissions, wanted: Readonly<Record<string, "read" | "write">>): ReadonlyArray<string> =>
  Object.entries(wanted).flatMap(([name, level]) =>
    granted[name] === level || granted[name] === "write" ? [] : [`${permissionName(name)}: ${level}`]
  )

const onlyApp = (what: string) => Effect.succeed([ok(`${what}: only a GitHub App has them, and this is none.`)])

/** Of a token, or of a name with a password. */
const userLines = (inspection: GitHubInspection) =>
  Effect.map(inspection.user, ({ login, scopes }): ReadonlyArray<Line> => {
    if (scopes === undefined) return [ok(`GitHub knows the credentials as ${login}'s.`)]
    return scopes.includes("repo")
      ? [ok(`GitHub knows the token as ${login}'s, with the scopes ${scopes.join(", ")}.`)]
      : [
          fail(
            `The token of ${login} lacks the scope repo.`,
            "Make one with the scope repo (and admin:org for runner groups)."
          )
        ]
  })

export const gitHubChecks = (
  config: RunnerdConfig["github"],
  inspection: GitHubInspection,
  facts: Effect.Effect<DatabaseFacts, unknown>
): Effect.Effect<ReadonlyArray<Check>> =>
  Effect.gen(function* () {
    const { auth } = config
    const isApp = auth._tag === "App"
    const app = yield* Effect.cached(inspection.app)
    const allInstallations = yield* Effect.cached(inspection.installations)

    /** Those that runnerd uses. */
    const installations = Effect.map(allInstallations, (all) =>
      isApp && auth.installationId !== undefined ? all.filter(({ id }) => id === auth.installationId) : all
    )

    /** As far as that is known: what the database check says comes first. */
    const usesGroups = Effect.map(
      facts,
      ({ contents }) => contents?.specs.some(({ runnerGroup }) => runnerGroup !== null) ?? false
    ).pipe(Effect.catchCause(() => Effect.succeed(false)))

    const keyRefused = (error: GitHubError): Line =>
      error.reason._tag === "Unauthorized"
        ? fail(
            `${sentenceOf(error)}.`,
            isApp
              ? "github.app.id and the private key must belong together: make a new key in the App's settings and put it where github.app says."
              : "Make a new token or password and put it where the github section says."
          )
        : fail(`${sentenceOf(error)}.`, "See whether github.api_base_url can be reached from here.")

    const authLines = (
      isApp
        ? Effect.map(app, ({ id, slug }): ReadonlyArray<Line> => [ok(`GitHub knows the App ${slug ?? ""} (${id}).`)])
        : userLines(inspection)
    ).pipe(Effect.catchTag("GitHubError", (error) => Effect.succeed([keyRefused(error)])))

    const permissionLines = Effect.gen(function* () {
      const wanted = (yield* usesGroups) ? { ...neededPermissions, ...neededForGroups } : neededPermissions
      const asked = missing((yield* app).permissions, wanted)
      if (asked.length > 0) {
        return [
          fail(
            `The App does not ask for ${asked.join(", ")}.`,
            "Add it in the App's settings, then accept it in each installation."
          )
        ]
      }
      const lacking = (yield* installations).flatMap(({ login, permissions }) => {
        const absent = missing(permissions, wanted)
        return absent.length === 0
          ? []
          : [
              fail(
                `The installation on ${login} lacks ${absent.join(", ")}.`,
                `Have an owner of ${login} accept the App's new permissions.`
              )
            ]
      })
      return lacking.length > 0 ? lacking : [ok("The App and its installations have all permissions that are needed.")]
    }).pipe(
      Effect.catchTag("GitHubError", () => Effect.succeed([unknownBecauseOf("What the App may do", "github_auth")]))
    )

    const eventLines = Effect.map(app, ({ events }): ReadonlyArray<Line> => {
      if (!events.includes("workflow_job")) {
        return [
          fail(
            "The App does not get workflow_job events: no job starts by its webhook.",
            "Subscribe to Workflow job in the App's settings."
          )
        ]
      }
      return events.includes("workflow_run")
        ? [ok("The App gets workflow_job and workflow_run events.")]
        : [
            warn(
              "The App gets no workflow_run events, which find jobs whose own event was lost.",
              "Subscribe to Workflow run in the App's settings."
            )
          ]
    }).pipe(
      Effect.catchTag("GitHubError", () =>
        Effect.succeed([unknownBecauseOf("Which events the App gets", "github_auth")])
      )
    )

    /** What an installation reaches, and its line. */
    const reached = (installation: InspectedInstallation) => {
      const { login, suspended } = installation
      const none: ReadonlyArray<string> = []
      if (suspended) {
        const line = fail(
          `The installation on ${login} is suspended.`,
          `Have an owner of ${login} lift that in the settings of installed Apps.`
        )
        return Effect.succeed({ login, repositories: none, line })
      }
      return inspection.repositories(installation).pipe(
        Effect.map((repositories) => ({
          login,
          repositories,
          line:
            repositories.length === 0
              ? warn(`The installation on ${login} reaches no repository.`, "Choose repositories in its settings.")
              : ok(
                  `The installation on ${login} reaches ${counted(repositories.length, "repository", "repositories")}.`
                )
        })),
        Effect.catchTag("GitHubError", (error) =>
          Effect.succeed({
            login,
            repositories: none,
            line: fail(
              `The installation on ${login} cannot be used: ${sentenceOf(error)}.`,
              `See whether the App is still installed on ${login}.`
            )
          })
        )
      )
    }

    const installationLines = Effect.gen(function* () {
      const used = yield* installations
      if (used.length === 0) {
        return [
          isApp && auth.installationId !== undefined
            ? fail(
                `The App has no installation ${auth.installationId}.`,
                "Correct github.app.installation_id, or leave it out."
              )
            : fail("The App is installed nowhere.", "Install it where the jobs are.")
        ]
      }
      const found = yield* Effect.forEach(used, reached, { concurrency: 8 })
      const repositories = new Set(found.flatMap((each) => each.repositories.map((name) => name.toLowerCase())))
      const owners = new Set(found.map(({ login }) => login.toLowerCase()))
      const outOfReach = config.allowedRepositories.filter((pattern) =>
        pattern.endsWith("/*") ? !owners.has(ownerOf(pattern).toLowerCase()) : !repositories.has(pattern.toLowerCase())
      )
      return [
        ...found.map(({ line }) => line),
        ...outOfReach.map((pattern) =>
          warn(
            `github.allowed_repositories names ${pattern}, which no installation reaches.`,
            "Install the App there, or take it off the list."
          )
        )
      ]
    }).pipe(
      Effect.catchTag("GitHubError", () =>
        Effect.succeed([unknownBecauseOf("Where the App is installed", "github_auth")])
      )
    )

    return [
      { name: "github_auth", run: authLines },
      { name: "github_permissions", run: isApp ? permissionLines : onlyApp("Permissions by installation") },
      { name: "github_events", run: isApp ? eventLines : onlyApp("Subscriptions to events") },
      { name: "github_installations", run: isApp ? installationLines : onlyApp("Installations") }
    ] satisfies ReadonlyArray<Check>
  })
