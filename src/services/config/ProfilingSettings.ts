// Where the profiling listener is, and where that is written down.
//
// Answers for: that it is on the loopback. Not for the listener (http/ProfilingListener.ts).
// Gotcha: no name is taken, not even localhost: what it means is for the machine's resolver to say.
import { isIPv4 } from "node:net"
import type { ConfigValues } from "./ConfigDocument.ts"
import { type ConfigReport, show } from "./ConfigReport.ts"
import { parseListenAddress } from "./Endpoints.ts"
import type { DatabaseConfig, ProfilingConfig } from "./RunnerdConfig.ts"

/** Beside PostgreSQL there is no file of ours. */
const withoutFile = "var/runnerd.pprof"

const isLoopback = (host: string | undefined): host is string =>
  host !== undefined && (host === "::1" || (isIPv4(host) && host.startsWith("127.")))

const defaultFile = (database: DatabaseConfig | undefined) =>
  database?.backend === "sqlite" ? `${database.path}.pprof` : withoutFile

/** Null: there shall be none. Undefined when something is wrong, which has been reported then. */
export const readProfiling = (
  values: ConfigValues["profiling"],
  database: DatabaseConfig | undefined,
  resolve: (path: string) => string,
  report: ConfigReport
): ProfilingConfig | null | undefined => {
  const key = "profiling.http_addr"
  const address = parseListenAddress(key, values.http_addr, report)
  if (address === undefined || values.enabled === undefined) return undefined
  const { host, port } = address
  if (!isLoopback(host)) {
    report.add(
      key,
      `${show(values.http_addr)} is not on the loopback, and what it tells is for this machine alone; expected 127.0.0.1:PORT or [::1]:PORT`
    )
    return undefined
  }
  return values.enabled ? { host, port, addressFile: resolve(values.address_file ?? defaultFile(database)) } : null
}
