// What `runnerd init` can be told on the command line. What it does then is Init.ts, which is imported late.
//
// Gotcha: no flag takes a secret, because other users of the machine see arguments: each names a file.
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const yes = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

export const initFlags = {
  gitHubApp: yes("github-app", "Makes the GitHub App, too: prints the address of a page that leads through it"),
  appName: text("app-name", "NAME", "With --github-app: what the App is called; may be changed at GitHub"),
  organization: text("organization", "ORG", "With --github-app: who shall own the App; unless given, you"),
  pagePort: Flag.Int("page-port").pipe(
    Flag.filter(
      (port) => port >= 0 && port <= 65_535,
      () => "a port from 0 to 65535"
    ),
    Flag.withMetavar("PORT"),
    Flag.withDescription("With --github-app: the local page's port on 127.0.0.1; 0 takes a free one"),
    Flag.withDefault(0)
  ),
  appId: text("app-id", "ID", "A GitHub App that exists: its id"),
  appKeyFile: text("app-key-file", "FILE", "The App's private key, as GitHub generated it (PEM)"),
  gitHubTokenFile: text("github-token-file", "FILE", "In place of an App: a personal access token"),
  webhookSecretFile: text("webhook-secret-file", "FILE", "The webhook's secret; unless given, one is made"),
  publicUrl: text("public-url", "URL", "Where GitHub reaches this runnerd, such as https://runnerd.example.com"),
  allow: text("allow", "LIST", "Whose jobs get runners: owner/repo or owner/*, separated by commas; unless given, all"),
  e2bKeyFile: text("e2b-key-file", "FILE", "E2B's API key"),
  e2bApiUrl: text("e2b-api-url", "URL", "E2B's control API, if it is not E2B's own"),
  gitHubApiUrl: text("github-api-url", "URL", "A simulated GitHub on this machine"),
  database: text(
    "database",
    "PATH|URL",
    "SQLite's file, or a PostgreSQL server's address; unless given, var/runnerd.db"
  ),
  databasePasswordFile: text("database-password-file", "FILE", "PostgreSQL's password"),
  listen: text("listen", "ADDRESS", 'Where runnerd listens; unless given, ":25500"'),
  force: yes("force", "Replaces files that are there; a copy of each is kept")
}

/** As they are given. */
export interface InitOptions {
  readonly gitHubApp: boolean
  readonly pagePort: number
  readonly force: boolean
  readonly appName: Option.Option<string>
  readonly organization: Option.Option<string>
  readonly appId: Option.Option<string>
  readonly appKeyFile: Option.Option<string>
  readonly gitHubTokenFile: Option.Option<string>
  readonly webhookSecretFile: Option.Option<string>
  readonly publicUrl: Option.Option<string>
  readonly allow: Option.Option<string>
  readonly e2bKeyFile: Option.Option<string>
  readonly e2bApiUrl: Option.Option<string>
  readonly gitHubApiUrl: Option.Option<string>
  readonly database: Option.Option<string>
  readonly databasePasswordFile: Option.Option<string>
  readonly listen: Option.Option<string>
}
