// What a configuration amounts to, for the person who asked to have it checked.
//
// Answers for: a few lines that name what would be used. Not for every setting; secrets are not read at all.
import * as Duration from "effect/Duration"
import { admin } from "../../domain/Actor.ts"
import { counted } from "../../domain/Sentence.ts"
import type { AdminConfig, GitHubAuth, Limit, OtlpTarget, RunnerdConfig, ServerConfig } from "./RunnerdConfig.ts"

const seconds = (duration: Duration.Duration) => `${Duration.toSeconds(duration)} s`

const listening = ({ host, port }: Pick<ServerConfig, "host" | "port">) =>
  `${host ?? "all interfaces"}, ${port === 0 ? "any free port" : `port ${port}`}`

const identity = (auth: GitHubAuth) => {
  switch (auth._tag) {
    case "App":
      return auth.installationId === undefined
        ? `as App ${auth.appId}, each repository's own installation`
        : `as App ${auth.appId}, installation ${auth.installationId}`
    case "Token":
      return "with a token"
    case "Basic":
      return `with basic authentication as ${auth.username}`
  }
}

const limit = (value: Limit, unit: string) => (value === "unlimited" ? "unlimited" : `at most ${value} ${unit}`)

const extension = (longest: RunnerdConfig["e2b"]["maxTimeout"]) =>
  longest === "unlimited" ? "as long as E2B's plan allows" : `at most ${seconds(longest)}`

const repair = ({ github, repair }: RunnerdConfig) => {
  const deliveries =
    github.auth._tag === "App"
      ? `failed deliveries every ${seconds(repair.deliveriesInterval)}`
      : "failed deliveries not at all, for only an App can ask for them"
  return `queued jobs looked for every ${seconds(repair.reconcileInterval)}, ${deliveries}`
}

const retention = ({ retention: { audit, bodies, deliveries, events, logs, requests } }: RunnerdConfig) => {
  const days = (what: string, value: Limit) =>
    `${what} ${value === "unlimited" ? "for ever" : counted(value, "day", "days")}`
  return [
    days("requests", requests),
    days("timelines", events),
    days("logs", logs),
    days("deliveries", deliveries),
    days("their bodies", bodies),
    days("audit events", audit)
  ].join(", ")
}

const tokens = (config: AdminConfig) =>
  [admin, ...config.tokens].map(({ name, role }) => `${name} (${role})`).join(", ")

const database = (config: RunnerdConfig["database"]) =>
  config.backend === "sqlite"
    ? `sqlite, ${config.path}`
    : `postgres, ${config.shown}, TLS ${config.tls}, at most ${config.maxConnections} connections`

const telemetry = ({ logs, serviceName, traces }: RunnerdConfig["telemetry"]) => {
  const sent = (what: string, target: OtlpTarget | null) =>
    target === null ? [] : [`${what} to ${target.url} (${target.protocol})`]
  const all = [...sent("traces", traces), ...sent("logs", logs)]
  return all.length === 0 ? "not sent" : `${all.join(", ")} as ${serviceName}`
}

const profiling = ({ profiling }: RunnerdConfig) =>
  profiling === null ? "none" : `${listening(profiling)}, written down in ${profiling.addressFile}`

/** One line per subject, aligned, without secrets. */
export const summarize = (config: RunnerdConfig): string => {
  const { e2b, github, worker } = config
  const sandboxes = e2b.sandboxUrl ?? `hosts of ${e2b.domain}`
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["listens on", listening(config.server)],
    ["log", `level ${config.log.level}, ${config.server.accessLog ? "a line" : "no line"} for each request`],
    ["telemetry", telemetry(config.telemetry)],
    ["profiling", profiling(config)],
    ["API tokens", tokens(config.admin)],
    ["database", database(config.database)],
    ["E2B", `${e2b.apiUrl}, sandboxes at ${sandboxes}`],
    [
      "sandboxes",
      `live ${seconds(e2b.timeout)}, ${extension(e2b.maxTimeout)} while a job runs; creates: ${limit(e2b.createsPerSecond, "per second")}`
    ],
    ["GitHub", `${github.apiBaseUrl} ${identity(github.auth)}; runners register by ${github.registrationMode}`],
    ["repositories", github.allowedRepositories.length === 0 ? "all" : github.allowedRepositories.join(", ")],
    ["runners", `${limit(worker.maxConcurrentRunners, "at once")}; ${worker.maxConcurrentCreates} being made at once`],
    ["repair", repair(config)],
    ["kept", retention(config)],
    ["timing", `lease ${seconds(worker.leaseTtl)}, a single call outside ends within ${seconds(e2b.apiTimeout)}`],
    ["stopping", `what is being provisioned has ${seconds(worker.shutdownTimeout)} to finish; runners are left alone`]
  ]
  return rows.map(([subject, value]) => `  ${subject.padEnd(14)}${value}`).join("\n")
}
