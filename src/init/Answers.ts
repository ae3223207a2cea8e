// What `runnerd init` must know to write a configuration, whoever says it: flags, a person, or files that are there.
import type * as Redacted from "effect/Redacted"

export type DatabaseAnswer =
  | { readonly backend: "sqlite"; readonly url: string }
  | { readonly backend: "postgres"; readonly url: string }

export type GitHubAnswer =
  | { readonly _tag: "App"; readonly id: number; readonly privateKey: Redacted.Redacted }
  | { readonly _tag: "Token"; readonly token: Redacted.Redacted }
  /** An App that is to be made, by GitHub's manifest flow. */
  | {
      readonly _tag: "NewApp"
      readonly name: string
      /** Undefined: whoever makes it owns it. */
      readonly organization: string | undefined
      /** Of the local page; 0: any free one. */
      readonly port: number
    }

export interface Answers {
  readonly gitHub: GitHubAnswer
  readonly gitHubApiUrl: string
  /** Undefined: one is made. */
  readonly webhookSecret: Redacted.Redacted | undefined
  /** Without a slash at the end; undefined: not known yet. */
  readonly publicUrl: string | undefined
  readonly repositories: ReadonlyArray<string>
  readonly e2bKey: Redacted.Redacted
  readonly e2bApiUrl: string
  readonly database: DatabaseAnswer
  /** PostgreSQL's. */
  readonly databasePassword: Redacted.Redacted | undefined
  readonly listen: string
}

/** What flags and files have answered already. */
export type Given = { readonly [K in keyof Answers]?: Answers[K] | undefined }
