// One sandbox as the control API knows it, and how the API's schemas show it.
//
// Answers for: the record, and its three published forms. Not for what runs inside (SandboxHost).
import type { components } from "e2b"
import type { Template, TemplateBuild } from "./TemplateCatalog.ts"

type Schemas = components["schemas"]

/** `request`: killed by a call; `timeout`: reached its end; `vanished`: lost without trace, by the control interface. */
export type EndReason = "request" | "timeout" | "vanished" | "reset"

export interface SandboxRecord {
  readonly sandboxID: string
  readonly template: Template
  readonly build: TemplateBuild
  /** The name the create asked for, when it was an alias. */
  readonly alias: string | undefined
  readonly envdVersion: string
  /** Absent for the rare sandbox that was made by the first version of the API without `secure`. */
  readonly envdAccessToken: string | undefined
  readonly trafficAccessToken: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly envVars: Readonly<Record<string, string>>
  network: Schemas["SandboxNetworkConfig"] | undefined
  allowInternetAccess: boolean | null
  /** What happens at its end. */
  readonly onTimeout: Schemas["SandboxOnTimeout"]
  readonly autoResume: boolean
  readonly startedAt: number
  /** Since when it runs without a pause: what the plan's longest life counts from. */
  runningSince: number
  endAt: number
  state: Schemas["SandboxState"]
  ended: { readonly at: number; readonly reason: EndReason } | undefined
}

/** Deprecated and the same for every sandbox. */
const clientID = "6532622b"

const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })

export const asSandbox = (record: SandboxRecord): Schemas["Sandbox"] => ({
  sandboxID: record.sandboxID,
  templateID: record.template.templateID,
  ...optional("alias", record.alias),
  clientID,
  envdVersion: record.envdVersion,
  ...optional("envdAccessToken", record.envdAccessToken),
  domain: null,
  trafficAccessToken: record.trafficAccessToken
})

export const asListedSandbox = (record: SandboxRecord): Schemas["ListedSandbox"] => ({
  sandboxID: record.sandboxID,
  templateID: record.template.templateID,
  ...optional("alias", record.alias),
  clientID,
  startedAt: new Date(record.startedAt).toISOString(),
  endAt: new Date(record.endAt).toISOString(),
  state: record.state,
  cpuCount: record.build.cpuCount,
  memoryMB: record.build.memoryMB,
  diskSizeMB: record.build.diskSizeMB,
  envdVersion: record.envdVersion,
  metadata: record.metadata
})

export const asSandboxDetail = (record: SandboxRecord): Schemas["SandboxDetail"] => ({
  ...asListedSandbox(record),
  domain: null,
  ...optional("envdAccessToken", record.envdAccessToken),
  ...optional("network", record.network),
  allowInternetAccess: record.allowInternetAccess,
  lifecycle: { autoResume: record.autoResume, onTimeout: record.onTimeout }
})
