// The simulator's own interface, on a port of its own: what tests and scenarios read and command.
//
// Answers for: `/_control/*`, JSON in and out. Nothing here exists in E2B, and no key is asked for: it listens on
// loopback only.
//   GET    /_control/state[?countBy=<metadata key>]   sandboxes (living and ended), their processes, counts, faults
//   PUT    /_control/templates                        the whole catalogue, an array of TemplateDefinition
//   PUT    /_control/plan                             a Plan
//   PUT    /_control/latency                          milliseconds per operation, or for `*`
//   POST   /_control/faults      DELETE the same      a Fault or an array of them; DELETE ends faults and latency
//   DELETE /_control/sandboxes/<id>                   the sandbox vanishes without trace
//   DELETE /_control/sandboxes/<id>/streams           its open streams are cut; the processes go on
//   POST   /_control/reset                            no sandboxes, counts, faults, latency; templates and plan stay
import type { IncomingMessage, ServerResponse } from "node:http"
import { badRequest, ControlFailure, noSuchRoute } from "./ControlFailure.ts"
import type { Faults } from "./Faults.ts"
import { parseJson, readBody, refusal, send } from "./HttpAnswer.ts"
import type { Answer } from "./HttpAnswer.ts"
import type { Plan, SandboxFleet } from "./SandboxFleet.ts"
import type { SandboxHost } from "./SandboxHost.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"
import type { TemplateDefinition } from "./TemplateCatalog.ts"

export interface ControlSurface {
  readonly fleet: SandboxFleet
  readonly faults: Faults
  readonly setTemplates: (templates: ReadonlyArray<TemplateDefinition>) => void
  /** The host of a living sandbox that something was done in. */
  readonly opened: (sandboxID: string) => SandboxHost | undefined
  /** Resolves when everything that ran in the sandbox is gone. */
  readonly torndown: (sandboxID: string) => Promise<void>
  /** Resolves when nothing that ever ran is left. */
  readonly allTorndown: () => Promise<void>
}

const instant = (millis: number) => new Date(millis).toISOString()

const sandboxState = (surface: ControlSurface, record: SandboxRecord) => ({
  sandboxID: record.sandboxID,
  templateID: record.template.templateID,
  alias: record.alias ?? null,
  metadata: record.metadata,
  state: record.ended === undefined ? record.state : "ended",
  startedAt: instant(record.startedAt),
  endAt: instant(record.endAt),
  endedAt: record.ended === undefined ? null : instant(record.ended.at),
  endReason: record.ended?.reason ?? null,
  directory: surface.opened(record.sandboxID)?.world.directory ?? null,
  processes: (surface.opened(record.sandboxID)?.processes() ?? []).map((process) => ({
    pid: process.pid,
    cmd: process.config.cmd,
    args: process.config.args,
    running: process.running
  }))
})

export const simulatorState = (surface: ControlSurface, countBy: string | null) => ({
  plan: surface.fleet.plan,
  counts: surface.fleet.counts(),
  sandboxes: [...surface.fleet.ended(), ...surface.fleet.live()].map((record) => sandboxState(surface, record)),
  createsBy: countBy === null ? {} : Object.fromEntries(surface.fleet.createsBy(countBy)),
  faults: surface.faults.pending()
})

const planOf = (value: unknown): Plan => {
  const plan = value as Partial<Record<keyof Plan, unknown>>
  if (typeof plan.maxConcurrent !== "number" || typeof plan.maxHours !== "number") {
    throw badRequest("a plan needs maxConcurrent and maxHours")
  }
  return value as Plan
}

const templatesOf = (value: unknown): ReadonlyArray<TemplateDefinition> => {
  const good = (item: unknown) => Array.isArray((item as { aliases?: unknown } | null)?.aliases)
  if (!Array.isArray(value) || !value.every(good)) throw badRequest("templates must be an array, each with aliases")
  return value as ReadonlyArray<TemplateDefinition>
}

const done: Answer = { status: 204 }

const answerTo = async (surface: ControlSurface, request: IncomingMessage, url: URL): Promise<Answer> => {
  const [, , name = "", sandboxID = "", part] = url.pathname.split("/")
  switch (
    `${request.method} ${[name, sandboxID === "" ? "" : "/:id", part === undefined ? "" : `/${part}`].join("")}`
  ) {
    case "GET state":
      return { status: 200, body: simulatorState(surface, url.searchParams.get("countBy")) }
    case "PUT templates":
      surface.setTemplates(templatesOf(parseJson(await readBody(request))))
      return done
    case "PUT plan":
      surface.fleet.setPlan(planOf(parseJson(await readBody(request))))
      return done
    case "PUT latency":
      surface.faults.setLatency(parseJson(await readBody(request)) as Record<string, number>)
      return done
    case "POST faults": {
      const body = parseJson(await readBody(request))
      for (const fault of Array.isArray(body) ? body : [body]) surface.faults.addUnknown(fault)
      return done
    }
    case "DELETE faults":
      surface.faults.clear()
      return done
    case "DELETE sandboxes/:id":
      surface.fleet.vanish(sandboxID)
      await surface.torndown(sandboxID)
      return done
    case "DELETE sandboxes/:id/streams":
      surface.fleet.get(sandboxID)
      return { status: 200, body: { cut: surface.opened(sandboxID)?.cutStreams() ?? 0 } }
    case "POST reset":
      surface.fleet.reset()
      surface.faults.clear()
      await surface.allTorndown()
      return done
    default:
      throw noSuchRoute()
  }
}

export const serveControlInterface = async (
  surface: ControlSurface,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://control")
  try {
    if (!url.pathname.startsWith("/_control/")) throw noSuchRoute()
    send(response, await answerTo(surface, request, url))
  } catch (failure) {
    if (!(failure instanceof ControlFailure)) throw failure
    send(response, refusal(failure))
  }
}
