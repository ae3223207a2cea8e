// The simulator's own interface, on a port of its own: what tests and scenarios read and command.
//
// Answers for: `/_control/*`, JSON in and out. Nothing here exists in E2B, and no key is asked for: it listens on
// loopback only.
//   GET    /_control/state[?countBy=<metadata key>]   sandboxes (living and ended), their processes, counts, faults
//   PUT    /_control/templates                        the whole catalogue, an array of TemplateDefinition
//   PUT    /_control/plan                             a Plan (Plans.ts), or the name of one as a JSON text
//   PUT    /_control/builds                           a BuildPlan (TemplateBuilds.ts): how builds go
//   POST   /_control/faults      DELETE the same      a Fault (misbehaviour/Fault.ts) or an array of them
//   PUT    /_control/seed                             {seed}: what the chances of faults are drawn from
//   PUT    /_control/storm                            a Storm (misbehaviour/Storm.ts), null ends it
//   PUT    /_control/vanishing                        a VanishingPlan (Vanishing.ts), null ends it
//   PUT    /_control/clock                            {skewMs}: how far E2B's clock runs ahead
//   GET    /_control/operations                       the names that faults may use
//   DELETE /_control/sandboxes/<id>                   the sandbox vanishes without trace
//   DELETE /_control/sandboxes/<id>/streams           its open streams are cut; the processes go on
//   POST   /_control/reset                            no sandboxes, counts, misbehaviour; templates, plan, seed stay
import type { IncomingMessage, ServerResponse } from "node:http"
import { FaultRefused } from "../misbehaviour/Fault.ts"
import type { Faults } from "../misbehaviour/Faults.ts"
import { badRequest, ControlFailure, noSuchRoute } from "./ControlFailure.ts"
import { parseJson, readBody, refusal, send } from "./HttpAnswer.ts"
import type { Answer } from "./HttpAnswer.ts"
import { parsePlan } from "./Plans.ts"
import type { SandboxFleet } from "./SandboxFleet.ts"
import type { SandboxHost } from "./SandboxHost.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"
import { parseBuildPlan } from "./TemplateBuilds.ts"
import type { TemplateBuilds } from "./TemplateBuilds.ts"
import type { TemplateDefinition } from "./TemplateCatalog.ts"
import type { SkewedTimeline } from "./Timeline.ts"
import { parseVanishing } from "./Vanishing.ts"
import type { Vanishing } from "./Vanishing.ts"

export interface ControlSurface {
  readonly fleet: SandboxFleet
  readonly faults: Faults
  readonly vanishing: Vanishing
  readonly builds: TemplateBuilds
  readonly clock: SkewedTimeline
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

const templatesOf = (value: unknown): ReadonlyArray<TemplateDefinition> => {
  const good = (item: unknown) => Array.isArray((item as { aliases?: unknown } | null)?.aliases)
  if (!Array.isArray(value) || !value.every(good)) throw badRequest("templates must be an array, each with aliases")
  return value as ReadonlyArray<TemplateDefinition>
}

const numberOf = (name: string, value: unknown): number => {
  const number = (value as Readonly<Record<string, unknown>> | null)?.[name]
  if (!Number.isSafeInteger(number)) throw badRequest(`${name} must be a whole number`)
  return number as number
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
      surface.fleet.setPlan(parsePlan(parseJson(await readBody(request))))
      return done
    case "PUT builds":
      surface.builds.plan = parseBuildPlan(parseJson(await readBody(request)))
      return done
    case "POST faults":
      surface.faults.addUnknown(parseJson(await readBody(request)))
      return done
    case "DELETE faults":
      surface.faults.clear()
      return done
    case "PUT seed":
      surface.faults.seed = numberOf("seed", parseJson(await readBody(request)))
      return done
    case "PUT storm":
      surface.faults.stormUnknown(parseJson(await readBody(request)))
      return done
    case "PUT vanishing":
      surface.vanishing.plan = parseVanishing(parseJson(await readBody(request)))
      return done
    case "PUT clock":
      surface.clock.skewMs = numberOf("skewMs", parseJson(await readBody(request)))
      return done
    case "GET operations":
      return { status: 200, body: surface.faults.operations() }
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
      surface.vanishing.plan = null
      surface.builds.reset()
      surface.clock.skewMs = 0
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
    if (failure instanceof FaultRefused) return send(response, refusal(badRequest(failure.message)))
    if (!(failure instanceof ControlFailure)) throw failure
    send(response, refusal(failure))
  }
}
