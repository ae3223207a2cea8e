// E2B on loopback: a server that the unmodified `e2b` package cannot tell from the real one, for the calls it knows.
//
// Answers for: putting the parts together, the API key, and leaving nothing behind when it closes or the process ends.
// One origin serves the control API and envd (told apart by the header E2b-Sandbox-Id), a second one the simulator's
// own interface (ControlInterface.ts).
// Not simulated: volumes, secrets, teams, events, signed file URLs, watching files, PTYs, pausing without memory, the
// server's own deadline of 70 s (a fault does it); and of snapshots, forks, network
// rules, metrics and logs no more than their answers. Unverified against the real service: wording of most messages, the
// burst its creation rate allows, what a create from a template without a usable build answers, what the proxy says of a
// paused sandbox, the form of trace ids, what is refused in queries of listings, what
// is beyond the limit on calls of envd. docs/fidelity.md says of everything where it is known from.
// Gotchas: unless `commands` plays them, commands are real processes of this machine's user; see SandboxWorld.ts for what they can and cannot see.
// A sandbox's directory is made when envd is first asked for something, and is gone when its kill is answered.
import { randomBytes, randomInt } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Faults } from "../misbehaviour/Faults.ts"
import { invalidApiKey, noSuchRoute, rateLimited } from "./ControlFailure.ts"
import { serveControlInterface, simulatorState } from "./ControlInterface.ts"
import type { ControlSurface } from "./ControlInterface.ts"
import { controlRoute } from "./ControlRoutes.ts"
import { CallRate } from "./CallRate.ts"
import { realCommands } from "./Commands.ts"
import type { ControlContext } from "./ControlRoute.ts"
import { serveEnvd } from "./EnvdServer.ts"
import { readBody, refusal, send, serve } from "./HttpAnswer.ts"
import { killAtExit } from "./ExitCleanup.ts"
import { e2bVocabulary } from "./FaultVocabulary.ts"
import { parsePlan, plans } from "./Plans.ts"
import type { Plan, PlanName } from "./Plans.ts"
import { SandboxFleet } from "./SandboxFleet.ts"
import type { IdSource } from "./SandboxFleet.ts"
import { SandboxHosts } from "./SandboxHosts.ts"
import { scriptedCommands } from "./ScriptedCommands.ts"
import type { ScriptedProgram } from "./ScriptedCommands.ts"
import { TemplateBuilds } from "./TemplateBuilds.ts"
import { TemplateCatalog } from "./TemplateCatalog.ts"
import type { TemplateDefinition } from "./TemplateCatalog.ts"
import { SkewedTimeline, systemTimeline } from "./Timeline.ts"
import type { Timeline } from "./Timeline.ts"
import { Vanishing } from "./Vanishing.ts"

export interface E2BSimulatorOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number
  /** 0 (the default) takes a free one. */
  readonly controlPort?: number
  /** Where the sandboxes' directories are made; a temporary folder when left out. Its sandboxes are removed at close. */
  readonly root?: string
  /** Keys that are let in. */
  readonly apiKeys: ReadonlyArray<string>
  readonly templates?: ReadonlyArray<TemplateDefinition>
  /** `generous` when left out: 10,000 sandboxes, 24 hours, no rates. */
  readonly plan?: Plan | PlanName
  /** Plays every command; when left out they are real processes. */
  readonly commands?: ScriptedProgram
  readonly envdVersion?: string
  readonly timeline?: Timeline
  readonly ids?: IdSource
}

export interface E2BSimulator {
  /** Both `apiUrl` and `sandboxUrl` of a client. */
  readonly url: string
  readonly controlUrl: string
  readonly fleet: SandboxFleet
  readonly faults: Faults
  readonly vanishing: Vanishing
  readonly builds: TemplateBuilds
  /** How far E2B's clock runs ahead, in milliseconds. */
  readonly setClockSkew: (skewMs: number) => void
  readonly hosts: SandboxHosts
  /** How many requests arrived so far. */
  readonly calls: () => { readonly control: number; readonly envd: number }
  /** What `GET /_control/state` answers. */
  readonly state: (countBy?: string) => ReturnType<typeof simulatorState>
  /** Resolves when both ports are closed and no process and no file of any sandbox is left. */
  readonly close: () => Promise<void>
}

const idLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

const randomIds: IdSource = {
  sandboxID: () => `i${Array.from({ length: 20 }, () => idLetters[randomInt(idLetters.length)]).join("")}`,
  token: () => `ea_${randomBytes(32).toString("hex")}`
}

/** What faults may be about. */
const uploads = /^\/_uploads\/(?<id>[^/]+)\/(?<hash>[^/]+)$/

const listen = (server: Server, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** A client may keep a connection for a minute; the server must not be the one that closes it under a request. */
const keepAliveMs = 120_000

const httpServer = (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server => {
  const server = createServer((request, response) => {
    answer(request, response).catch((failure: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy()
      else send(response, { status: 500, body: { code: 500, message: String(failure) } })
    })
  })
  server.keepAliveTimeout = keepAliveMs
  server.requestTimeout = 0
  return server
}

export const startE2BSimulator = async (options: E2BSimulatorOptions): Promise<E2BSimulator> => {
  const root = options.root ?? mkdtempSync(join(tmpdir(), "e2b-simulator-"))
  mkdirSync(root, { recursive: true })
  const timeline = new SkewedTimeline(options.timeline ?? systemTimeline)
  const templates = new TemplateCatalog()
  templates.replace(options.templates ?? [], timeline.now())
  const fleet = new SandboxFleet({
    timeline,
    ids: options.ids ?? randomIds,
    templates,
    plan: options.plan === undefined ? plans.generous : parsePlan(options.plan),
    envdVersion: options.envdVersion ?? "0.6.13"
  })
  const faults = new Faults(() => e2bVocabulary)
  const vanishing = new Vanishing(fleet, timeline)
  const builds = new TemplateBuilds({ timeline, templates, plan: () => fleet.plan })
  const commands = options.commands === undefined ? realCommands(root) : scriptedCommands(options.commands)
  const hosts = new SandboxHosts(fleet, { timeline, commands })

  const torndown = (sandboxID: string) => hosts.torndown(sandboxID)
  const context: ControlContext = { timeline, fleet, templates, builds, torndown }
  const rate = new CallRate(30_000)
  const sandboxRate = new CallRate(60_000)
  const misbehaving = { faults, timeline }
  const envd = { misbehaving, host: (sandboxID: string) => hosts.of(sandboxID) }
  const apiKeys = new Set(options.apiKeys)
  const calls = { control: 0, envd: 0 }

  const publicServer = httpServer(async (request, response) => {
    const sandboxID = request.headers["e2b-sandbox-id"]
    // E2B's own clock: by this header clients find out that theirs is another.
    response.setHeader("Date", new Date(timeline.now()).toUTCString())
    calls[typeof sandboxID === "string" ? "envd" : "control"] += 1
    if (typeof sandboxID === "string") {
      const limit = fleet.plan.sandboxCallsPerMinute
      const pause = sandboxRate.take(limit, timeline.now())
      if (pause > 0) return send(response, refusal(rateLimited(limit ?? 0, pause)))
      return serveEnvd(envd, sandboxID, request, response)
    }
    response.setHeader("X-E2B-Trace-ID", randomBytes(16).toString("hex"))
    const url = new URL(request.url ?? "/", "http://api")
    const upload = request.method === "PUT" ? uploads.exec(url.pathname)?.groups : undefined
    if (upload !== undefined) {
      const body = await readBody(request)
      return serve(misbehaving, "template.upload", response, () => {
        const length = request.headers["content-length"]
        if (length === undefined || Number(length) !== body.length) return { status: 411 }
        builds.receive(upload["id"] ?? "", upload["hash"] ?? "")
        return { status: 200 }
      })
    }
    const key = request.headers["x-api-key"]
    if (typeof key !== "string" || !apiKeys.has(key)) return send(response, refusal(invalidApiKey()))
    const wait = rate.take(fleet.plan.callsPer30Seconds, timeline.now())
    if (wait > 0) return send(response, refusal(rateLimited(fleet.plan.callsPer30Seconds ?? 0, wait)))
    const found = controlRoute(request.method ?? "GET", url.pathname)
    if (found === undefined) return send(response, refusal(noSuchRoute()))
    const body = await readBody(request)
    const call = { headers: request.headers, query: url.searchParams, body, id: found.id, second: found.second }
    await serve(misbehaving, found.route.operation, response, () => found.route.handle(context, call))
  })

  const surface: ControlSurface = {
    fleet,
    faults,
    vanishing,
    builds,
    clock: timeline,
    setTemplates: (definitions) => templates.replace(definitions, timeline.now()),
    opened: (sandboxID) => hosts.opened(sandboxID),
    torndown: (sandboxID) => hosts.torndown(sandboxID),
    allTorndown: () => hosts.allTorndown()
  }
  const controlServer = httpServer((request, response) => serveControlInterface(surface, request, response))

  const removeRoot = (): void => {
    if (options.root === undefined) rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }
  const forget = killAtExit(() => {
    hosts.killNow()
    removeRoot()
  })
  const close = async (): Promise<void> => {
    fleet.reset()
    await Promise.all([closed(publicServer), closed(controlServer), hosts.allTorndown()])
    forget()
    removeRoot()
  }

  const listenOnBoth = async () => ({
    url: await listen(publicServer, options.port ?? 0),
    controlUrl: await listen(controlServer, options.controlPort ?? 0)
  })
  const urls = await listenOnBoth().catch(async (failure: unknown) => {
    await close()
    throw failure
  })

  return {
    ...urls,
    fleet,
    faults,
    vanishing,
    builds,
    setClockSkew: (skewMs) => {
      timeline.skewMs = skewMs
    },
    hosts,
    calls: () => ({ ...calls }),
    state: (countBy) => simulatorState(surface, countBy ?? null),
    close
  }
}
