// Which database holds runnerd's state.
//
// Answers for: SQLite's file or PostgreSQL's connection URL. Not for opening either (services/store).
// Gotcha: the URL may hold a password, so no message shows `database.url`.
import * as Redacted from "effect/Redacted"
import type { ConfigValues } from "./ConfigDocument.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import type { DatabaseConfig } from "./RunnerdConfig.ts"

const defaultFile = "var/runnerd.db"

/** `resolve` makes a path absolute, starting at the configuration file's folder. */
export const readDatabase = (
  values: ConfigValues["database"],
  resolve: (path: string) => string,
  report: ConfigReport
): DatabaseConfig | undefined => {
  const { backend, url } = values
  const urlIsWrong = report.isWrong("database.url")
  if (backend === "postgres") {
    if (url !== undefined) return { backend, url: Redacted.make(url) }
    if (!urlIsWrong)
      report.add("database.url", "is missing; expected a connection URL, because database.backend is postgres")
  }
  if (backend !== "sqlite" || urlIsWrong) return undefined
  if (url !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    report.add("database.url", "is a URL; expected a file's path, or database.backend: postgres")
    return undefined
  }
  return { backend, path: resolve(url ?? defaultFile) }
}
