// What the address of a request's page says beside its id: which log is shown.
import type { SearchSchemaInput } from "@tanstack/react-router"

export const logs = ["control.log", "stdout.log", "stderr.log"] as const
export type LogName = (typeof logs)[number]

export const logSearch = ({ log }: { readonly log?: unknown } & SearchSchemaInput): { readonly log: LogName } => ({
  log: logs.find((each) => each === log) ?? "control.log"
})
