// Which database holds runnerd's state.
//
// Answers for: SQLite's file, and that nothing else is asked for. Not for opening it (services/store).
// Gotcha: somebody may put a connection URL with a password here, so no message shows `database.url`.
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
  if (backend === "postgres") {
    report.add("database.backend", "postgres is not supported by this version; expected sqlite")
  }
  if (backend !== "sqlite" || report.isWrong("database.url")) return undefined
  if (url !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    report.add("database.url", "is a URL; expected a file's path")
    return undefined
  }
  return { backend, path: resolve(url ?? defaultFile) }
}
