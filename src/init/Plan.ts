// The files that follow from the answers: the configuration, and the secrets that it names.
//
// Answers for: what is in them. Not for whether they may be written (WrittenFiles.ts).
import * as Redacted from "effect/Redacted"
import type { WrittenValues } from "../services/config/CommentedYaml.ts"
import { onlyKeys } from "../services/config/CommentedYaml.ts"
import type { Answers } from "./Answers.ts"
import { type SecretName, secretPath } from "./SecretFolder.ts"
import { usual } from "./Unasked.ts"

export interface PlannedSecret {
  readonly name: SecretName
  readonly value: Redacted.Redacted
  /** Made by runnerd just now. */
  readonly isNew: boolean
}

/** Who runnerd is at GitHub, once that is settled. */
export type SettledAnswers = Answers & { readonly gitHub: Exclude<Answers["gitHub"], { readonly _tag: "NewApp" }> }

export interface Plan {
  readonly configuration: string
  readonly secrets: ReadonlyArray<PlannedSecret>
}

/** The schema that comes with this runnerd: an address, because a path may hold blanks. */
const schemaAddress = new URL("../../runnerd.schema.json", import.meta.url).href

const head = `# yaml-language-server: $schema=${schemaAddress}
#
# The configuration of runnerd, begun by \`runnerd init\`. A key that is not here has its default: runnerd.yaml.example
# explains every key, and an editor that knows YAML schemas proposes them by the first line.
#
#     runnerd check-config     says what is wrong with this file, or what would be used
#     runnerd doctor           looks whether what it names is there and lets runnerd work
`

const gitHubSecret = ({ gitHub }: SettledAnswers): PlannedSecret =>
  gitHub._tag === "App"
    ? { name: "github-app-key", value: gitHub.privateKey, isNew: false }
    : { name: "github-token", value: gitHub.token, isNew: false }

/** `fresh`: random values, for what runnerd makes. */
export const planOf = (
  answers: SettledAnswers,
  fresh: { readonly adminToken: PlannedSecret; readonly webhookSecret: Redacted.Redacted }
): Plan => {
  const { database, databasePassword, gitHub, webhookSecret } = answers
  const values: WrittenValues = {
    server: { http_addr: answers.listen },
    database: {
      ...database,
      password_file: databasePassword === undefined ? undefined : secretPath("database-password")
    },
    admin: { token_file: secretPath("admin-token") },
    e2b: { api_key_file: secretPath("e2b-api-key"), api_url: answers.e2bApiUrl },
    github: {
      webhook_secret_file: secretPath("webhook-secret"),
      api_base_url: answers.gitHubApiUrl === usual.gitHubApiUrl ? undefined : answers.gitHubApiUrl,
      allowed_repositories: answers.repositories,
      ...(gitHub._tag === "App"
        ? { app: { id: gitHub.id, private_key_file: secretPath("github-app-key") } }
        : { token_file: secretPath("github-token") })
    }
  }
  const secrets: ReadonlyArray<PlannedSecret> = [
    fresh.adminToken,
    webhookSecret === undefined
      ? { name: "webhook-secret", value: fresh.webhookSecret, isNew: true }
      : { name: "webhook-secret", value: webhookSecret, isNew: false },
    { name: "e2b-api-key", value: answers.e2bKey, isNew: false },
    gitHubSecret(answers),
    ...(databasePassword === undefined
      ? []
      : [{ name: "database-password", value: databasePassword, isNew: false } as const])
  ]
  return { configuration: `${head}${onlyKeys(values)}`, secrets }
}
