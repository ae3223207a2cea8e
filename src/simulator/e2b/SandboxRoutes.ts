// The control API's routes for sandboxes. Both generations of create, connect and list are served.
//
// Answers for: query and body forms, and which call of the fleet is meant. Not for the rules (SandboxFleet).
// Gotchas: what a sandbox measures is invented, and comes every five seconds; its logs are always empty: E2B's hold what
// the machine itself says. A fork has its origin's template and environment, but none of its files and processes.
import type { components } from "e2b"
import { badRequest, ControlFailure } from "./ControlFailure.ts"
import type { ControlRoute } from "./ControlRoute.ts"
import { fields, instant, numberQuery, route } from "./ControlRoute.ts"
import { checkNetwork } from "./NetworkRules.ts"
import { matchingSandboxes, sandboxPage } from "./SandboxListing.ts"
import { asListedSandbox, asSandbox, asSandboxDetail } from "./SandboxRecord.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"

type Schemas = components["schemas"]

const isStringMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "string")

const newSandbox = (body: Record<string, unknown>): components["schemas"]["NewSandbox"] => {
  if (typeof body["templateID"] !== "string")
    throw badRequest('request body has an error: property "templateID" is missing')
  if (body["timeout"] !== undefined && !Number.isInteger(body["timeout"]))
    throw badRequest('"timeout" must be an integer')
  for (const name of ["metadata", "envVars"]) {
    if (body[name] !== undefined && !isStringMap(body[name])) throw badRequest(`"${name}" must map strings to strings`)
  }
  if (body["network"] !== undefined) checkNetwork(body["network"], body["allow_internet_access"])
  return body as components["schemas"]["NewSandbox"]
}

const timeoutOf = (body: Buffer, missing: number | undefined): number => {
  const { timeout = missing } = fields(body)
  if (!Number.isInteger(timeout)) throw badRequest('"timeout" must be an integer')
  return Number(timeout)
}

const metricsEverySeconds = 5
const MiB = 1024 * 1024

const metric = ({ build }: SandboxRecord, atSeconds: number): Schemas["SandboxMetric"] => ({
  timestamp: instant(atSeconds * 1000),
  timestampUnix: atSeconds,
  cpuCount: build.cpuCount,
  cpuUsedPct: 5,
  memTotal: build.memoryMB * MiB,
  memUsed: Math.floor((build.memoryMB * MiB) / 4),
  memCache: 0,
  diskTotal: build.diskSizeMB * MiB,
  diskUsed: Math.floor((build.diskSizeMB * MiB) / 4)
})

/** Nothing for the first seconds of a sandbox's life. */
const metricsOf = (record: SandboxRecord, from: number, to: number): Array<Schemas["SandboxMetric"]> => {
  const first = Math.ceil(record.startedAt / 1000) + metricsEverySeconds
  const metrics: Array<Schemas["SandboxMetric"]> = []
  for (let at = first; at <= to; at += metricsEverySeconds) if (at >= from) metrics.push(metric(record, at))
  return metrics
}

const forkResult = (fork: SandboxRecord | ControlFailure): Schemas["SandboxForkResult"] =>
  fork instanceof ControlFailure ? { error: fork.body } : { sandbox: asSandbox(fork) }

const nowSeconds = (millis: number) => Math.floor(millis / 1000)

export const sandboxRoutes: ReadonlyArray<ControlRoute> = [
  route("post", "/v2/sandboxes", "sandbox.create", ({ fleet }, { body }) => ({
    status: 201,
    body: asSandbox(fleet.create(newSandbox(fields(body)), { defaultTimeout: 300, secured: true }))
  })),

  route("post", "/sandboxes", "sandbox.create", ({ fleet }, { body }) => {
    const wanted = newSandbox(fields(body))
    const options = { defaultTimeout: 15, secured: wanted.secure === true }
    return { status: 201, body: asSandbox(fleet.create(wanted, options)) }
  }),

  route("post", "/v2/sandboxes/{sandboxID}/connect", "sandbox.connect", ({ fleet }, { body, id }) => {
    const { record, resumed } = fleet.connect(id, timeoutOf(body, 300))
    return { status: resumed ? 201 : 200, body: asSandbox(record) }
  }),

  route("post", "/sandboxes/{sandboxID}/connect", "sandbox.connect", ({ fleet }, { body, id }) => {
    const { record, resumed } = fleet.connect(id, timeoutOf(body, undefined))
    return { status: resumed ? 201 : 200, body: asSandbox(record) }
  }),

  route("get", "/v2/sandboxes", "sandbox.list", ({ fleet }, { query }) => {
    const page = sandboxPage(fleet.live(), query)
    return {
      status: 200,
      body: page.sandboxes.map(asListedSandbox),
      headers: {
        "X-Total-Running": String(page.totalRunning),
        ...(page.nextToken === undefined ? {} : { "X-Next-Token": page.nextToken })
      }
    }
  }),

  route("get", "/sandboxes", "sandbox.list", ({ fleet }, { query }) => ({
    status: 200,
    body: matchingSandboxes(fleet.live(), query)
      .filter((record) => record.state === "running")
      .map(asListedSandbox)
  })),

  route("get", "/sandboxes/{sandboxID}", "sandbox.get", ({ fleet }, { id }) => ({
    status: 200,
    body: asSandboxDetail(fleet.get(id))
  })),

  route("delete", "/sandboxes/{sandboxID}", "sandbox.kill", async ({ fleet, torndown }, { id }) => {
    fleet.kill(id)
    await torndown(id)
    return { status: 204 }
  }),

  route("post", "/sandboxes/{sandboxID}/timeout", "sandbox.timeout", ({ fleet }, { body, id }) => {
    fleet.setTimeout(id, timeoutOf(body, undefined))
    return { status: 204 }
  }),

  route("post", "/sandboxes/{sandboxID}/pause", "sandbox.pause", ({ fleet }, { id }) => {
    fleet.pause(id)
    return { status: 204 }
  }),

  route("post", "/sandboxes/{sandboxID}/resume", "sandbox.resume", ({ fleet }, { body, id }) => {
    if (fleet.get(id).state === "running") throw new ControlFailure(409, `Sandbox "${id}" is already running`)
    return { status: 201, body: asSandbox(fleet.connect(id, timeoutOf(body, 15)).record) }
  }),

  route("post", "/sandboxes/{sandboxID}/refreshes", "sandbox.refresh", ({ fleet }, { body, id }) => {
    const { duration = 15 } = fields(body)
    if (!Number.isInteger(duration)) throw badRequest('"duration" must be an integer')
    fleet.extend(id, Number(duration))
    return { status: 204 }
  }),

  route("put", "/sandboxes/{sandboxID}/network", "sandbox.network", ({ fleet }, { body, id }) => {
    const update = fields(body)
    checkNetwork(update, update["allow_internet_access"])
    fleet.setNetwork(id, update)
    return { status: 204 }
  }),

  route("post", "/sandboxes/{sandboxID}/snapshots", "sandbox.snapshot", ({ fleet }, { body, id }) => {
    const { name } = fields(body)
    if (name !== undefined && typeof name !== "string") throw badRequest('"name" must be a string')
    return { status: 201, body: fleet.snapshot(id, name) }
  }),

  route("post", "/sandboxes/{sandboxID}/fork", "sandbox.fork", ({ fleet }, { body, id }) => {
    const { count = 1, timeout = 15 } = fields(body)
    if (!Number.isInteger(count) || Number(count) < 1) throw badRequest('"count" must be 1 or more')
    if (!Number.isInteger(timeout)) throw badRequest('"timeout" must be an integer')
    return { status: 201, body: fleet.fork(id, Number(count), Number(timeout)).map(forkResult) }
  }),

  route("get", "/sandboxes/{sandboxID}/metrics", "sandbox.metrics", ({ fleet, timeline }, { query, id }) => {
    const to = numberQuery(query, "end", nowSeconds(timeline.now()))
    const metrics = metricsOf(fleet.get(id), numberQuery(query, "start", 0), Math.min(to, nowSeconds(timeline.now())))
    return { status: 200, body: metrics }
  }),

  route("get", "/sandboxes/metrics", "sandbox.metrics", ({ fleet, timeline }, { query }) => {
    const ids = query.getAll("sandbox_ids").flatMap((list) => list.split(","))
    if (ids.length === 0 || ids.length > 100) throw badRequest('"sandbox_ids" must name 1 to 100 sandboxes')
    const known = ids.flatMap((id) => fleet.find(id) ?? [])
    const newest = known.map((record) => [record.sandboxID, metricsOf(record, 0, nowSeconds(timeline.now())).at(-1)])
    return { status: 200, body: { sandboxes: Object.fromEntries(newest.filter(([, last]) => last !== undefined)) } }
  }),

  route("get", "/v2/sandboxes/{sandboxID}/logs", "sandbox.logs", ({ fleet }, { id }) => {
    fleet.get(id)
    return { status: 200, body: { logs: [] } }
  }),

  route("get", "/sandboxes/{sandboxID}/logs", "sandbox.logs", ({ fleet }, { id }) => {
    fleet.get(id)
    return { status: 200, body: { logs: [], logEntries: [] } }
  })
]
