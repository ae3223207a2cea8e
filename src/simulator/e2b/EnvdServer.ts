// Everything that goes to a sandbox: the proxy in front of it, and envd inside it.
//
// Answers for: which sandbox a request means, what the proxy says when there is none, the access token, and the route.
// A request means a sandbox when it carries `E2b-Sandbox-Id`; the port of envd is 49983.
// Rules: a dead or unknown sandbox is a JSON 502 on every path; a port nothing listens on too; `/health` needs no token.
import type { IncomingMessage, ServerResponse } from "node:http"
import { readOneFile, writeFiles } from "./EnvdFiles.ts"
import { processRoutes } from "./EnvdProcess.ts"
import { filesystemRoutes } from "./EnvdFilesystem.ts"
import { readBody, send, serve } from "./HttpAnswer.ts"
import type { EnvdRoute } from "./EnvdRoute.ts"
import type { Answer, Misbehaving } from "./HttpAnswer.ts"
import type { SandboxHost } from "./SandboxHost.ts"

const envdPort = "49983"

export interface EnvdContext {
  readonly misbehaving: Misbehaving
  /** The host of a living sandbox. */
  readonly host: (sandboxID: string) => SandboxHost | undefined
}

const sandboxGone = (sandboxID: string): Answer => ({
  status: 502,
  body: { sandboxId: sandboxID, message: "The sandbox was not found", code: 502 }
})

const portClosed = (sandboxID: string, port: string): Answer => ({
  status: 502,
  body: { sandboxId: sandboxID, message: "The sandbox is running but port is not open", port: Number(port), code: 502 }
})

const tokenRefused: Answer = {
  status: 401,
  body: { code: 401, message: "Invalid access token: the header X-Access-Token is missing or wrong" }
}

const MiB = 1024 * 1024

/** Sizes are the template's, what is used of them is invented. */
const machineMetrics = ({ record, now }: SandboxHost) => ({
  ts: Math.floor(now() / 1000),
  cpu_count: record.build.cpuCount,
  cpu_used_pct: 5,
  mem_total: record.build.memoryMB * MiB,
  mem_used: Math.floor((record.build.memoryMB * MiB) / 4),
  disk_total: record.build.diskSizeMB * MiB,
  disk_used: Math.floor((record.build.diskSizeMB * MiB) / 4)
})

const routeOf = (method: string, path: string): EnvdRoute | undefined => {
  if (method === "POST" && path in processRoutes) return processRoutes[path]
  if (method === "POST" && path in filesystemRoutes) return filesystemRoutes[path]
  switch (`${method} ${path}`) {
    case "GET /health":
      return { operation: "envd.health", handle: async () => ({ status: 204 }) }
    case "GET /envs":
      return { operation: "envd.envs", handle: async (host) => ({ status: 200, body: host.record.envVars }) }
    case "GET /metrics":
      return { operation: "envd.metrics", handle: async (host) => ({ status: 200, body: machineMetrics(host) }) }
    case "POST /files":
      return { operation: "files.write", handle: writeFiles }
    case "GET /files":
      return { operation: "files.read", handle: readOneFile }
    default:
      return undefined
  }
}

export const serveEnvd = async (
  context: EnvdContext,
  sandboxID: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> => {
  const host = context.host(sandboxID)
  if (host === undefined) return send(response, sandboxGone(sandboxID))
  const port = String(request.headers["e2b-sandbox-port"] ?? envdPort)
  if (port !== envdPort) return send(response, portClosed(sandboxID, port))
  const url = new URL(request.url ?? "/", "http://sandbox")
  const route = routeOf(request.method ?? "GET", url.pathname)
  if (route === undefined) return send(response, { status: 404, body: "404 page not found\n" })
  const { envdAccessToken } = host.record
  if (
    envdAccessToken !== undefined &&
    route.operation !== "envd.health" &&
    request.headers["x-access-token"] !== envdAccessToken
  ) {
    return send(response, tokenRefused)
  }
  const call = { headers: request.headers, query: url.searchParams, body: await readBody(request) }
  await serve(context.misbehaving, route.operation, response, async () => {
    if (route.operation !== "envd.health") await host.ready()
    // The sandbox may have died meanwhile (latency, building its world).
    if (context.host(sandboxID) !== host) return sandboxGone(sandboxID)
    return route.handle(host, call)
  })
}
