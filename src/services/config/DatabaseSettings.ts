// Which database holds runnerd's state.
//
// Answers for: SQLite's file, PostgreSQL's address, and that neither is taken for the other. Not for opening it
// (services/store). Gotcha: `database.url` may hold a password, so no message shows it.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ConfigValues } from "./ConfigDocument.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import { expected, parsePostgres } from "./PostgresUrl.ts"
import type { DatabaseConfig } from "./RunnerdConfig.ts"
import { readSecret, secretIsMentioned } from "./SecretFiles.ts"

const defaultFile = "var/runnerd.db"

/** `resolve` makes a path absolute, starting at `folder`, where the configuration file is. */
export const readDatabase = Effect.fnUntraced(function* (
  values: ConfigValues["database"],
  folder: string,
  resolve: (path: string) => string,
  report: ConfigReport
): Effect.fn.Return<DatabaseConfig | undefined, never, Effect.Services<ReturnType<typeof readSecret>>> {
  const { backend, max_connections: maxConnections, url } = values
  const source = { name: "database.password", inline: values.password, file: values.password_file }
  const password = yield* readSecret(source, folder, report)
  if (backend === undefined || report.isWrong("database.url")) return undefined
  if (backend === "postgres") {
    if (url === undefined) {
      report.add("database.url", `is missing; expected ${expected}`)
      return undefined
    }
    const address = parsePostgres(url)
    if (Result.isFailure(address)) {
      report.add("database.url", address.failure)
      return undefined
    }
    const { rootCertificate } = address.success
    return maxConnections === undefined
      ? undefined
      : {
          backend,
          ...address.success,
          rootCertificate: rootCertificate === undefined ? undefined : resolve(rootCertificate),
          password,
          maxConnections
        }
  }
  if (secretIsMentioned(source, report)) {
    report.add("database.password", "is for postgres; a file needs none (database.backend)")
  }
  if (url !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    report.add("database.url", "is a URL; expected a file's path, or database.backend: postgres")
    return undefined
  }
  return { backend, path: resolve(url ?? defaultFile) }
})
