// Building templates: what the SDK's template builder asks for, from the request to the last line of the log.
//
// Answers for: accepting a build, its uploads, walking its steps, and how it ends. No command of a build is run: each step
// takes `stepMs` and writes one line, so what a build makes is only its environment (ENV steps) and what its base holds.
// A build fails where it is told to (`plan`), at a COPY whose files were never uploaded, and at a base that is unknown.
// Gotcha: the wording of log lines and reasons is ours; the names of steps in a reason (`base`, `1`, `2`, …, `finalize`)
// are what the SDK expects.
import type { components } from "e2b"
import { badRequest, buildNotFound, ControlFailure, templateNotFound, tooManyBuilds } from "./ControlFailure.ts"
import type { Plan } from "./Plans.ts"
import { defaultTag, emptyContents } from "./TemplateCatalog.ts"
import type { BuildContents, Template, TemplateBuild, TemplateCatalog } from "./TemplateCatalog.ts"
import type { Timeline } from "./Timeline.ts"

type Schemas = components["schemas"]

export interface BuildPlan {
  /** How long each step takes, in milliseconds. */
  readonly stepMs: number
  /** Where the next builds fail: `base`, the step's number from 1, or `finalize`. */
  readonly failAt?: { readonly step: string; readonly message?: string; readonly times?: number }
}

const defaultPlan: BuildPlan = { stepMs: 20 }

/** A build plan out of JSON. 400 for anything else. */
export const parseBuildPlan = (value: unknown): BuildPlan => {
  const { stepMs = defaultPlan.stepMs, failAt } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (typeof stepMs !== "number" || !(stepMs >= 0)) throw badRequest("stepMs must be milliseconds")
  if (failAt === undefined) return { stepMs }
  const { step, message, times } = (failAt ?? {}) as Readonly<Record<string, unknown>>
  if (typeof step !== "string" || !/^(base|finalize|[1-9]\d*)$/.test(step)) {
    throw badRequest('failAt.step must be "base", the number of a step from 1, or "finalize"')
  }
  if (message !== undefined && typeof message !== "string") throw badRequest("failAt.message must be a text")
  if (times !== undefined && !(Number.isSafeInteger(times) && Number(times) >= 1)) {
    throw badRequest("failAt.times must be 1 or more")
  }
  return value as BuildPlan
}

/** One thing that a build does. */
interface BuildStep {
  readonly name: string
  readonly line: string
  readonly envs?: Readonly<Record<string, string>>
  readonly filesHash?: string
}

const textOf = (step: Schemas["TemplateStep"]): string => [step.type, ...(step.args ?? [])].join(" ")

/** ENV steps name and value in turn. */
const envsOf = (args: ReadonlyArray<string>): Record<string, string> => {
  const envs: Record<string, string> = {}
  for (let at = 0; at + 1 < args.length; at += 2) envs[args[at] ?? ""] = args[at + 1] ?? ""
  return envs
}

const stepsOf = (spec: Schemas["TemplateBuildStartV2"]): ReadonlyArray<BuildStep> => [
  { name: "base", line: `FROM ${spec.fromTemplate ?? spec.fromImage ?? ""}` },
  ...(spec.steps ?? []).map((step, index) => ({
    name: String(index + 1),
    line: textOf(step),
    ...(step.type === "ENV" ? { envs: envsOf(step.args ?? []) } : {}),
    ...(step.filesHash === undefined ? {} : { filesHash: step.filesHash })
  })),
  { name: "finalize", line: spec.startCmd === undefined ? "Finalizing" : `Starting: ${spec.startCmd}` }
]

export interface TemplateBuildsParts {
  readonly timeline: Timeline
  readonly templates: TemplateCatalog
  readonly plan: () => Plan
}

export class TemplateBuilds {
  plan: BuildPlan = defaultPlan
  readonly #parts: TemplateBuildsParts
  readonly #uploaded = new Set<string>()
  #running = 0
  #failures = 0

  constructor(parts: TemplateBuildsParts) {
    this.#parts = parts
  }

  /** Makes the template when the name is new. A tag may stand behind the name. */
  request(body: Schemas["TemplateBuildRequestV3"]): Schemas["TemplateRequestResponseV3"] {
    const { templates, timeline } = this.#parts
    const [name = "", tag] = (body.name ?? body.alias ?? "").split(":")
    if (!/^[a-z0-9][a-z0-9_./-]*$/i.test(name)) throw badRequest(`invalid template name '${name}'`)
    this.#checkSize(body)
    const tags = [...new Set([...(tag === undefined ? [] : [tag]), ...(body.tags ?? [])])]
    const assigned = tags.length === 0 ? [defaultTag] : tags
    const template = templates.named(name, timeline.now())
    if (template.foreign) throw new ControlFailure(403, `alias '${name}' is used by another team`)
    const build = templates.addBuild(template, body, assigned, timeline.now())
    return {
      templateID: template.templateID,
      buildID: build.buildID,
      names: [...template.aliases],
      aliases: [...template.aliases],
      public: false,
      tags: assigned
    }
  }

  #checkSize({ cpuCount = 2, memoryMB = 1024 }: Schemas["TemplateBuildRequestV3"]): void {
    const { maxCpuCount = Infinity, maxMemoryMB = Infinity } = this.#parts.plan()
    if (!Number.isInteger(cpuCount) || cpuCount < 1 || cpuCount > maxCpuCount) {
      throw badRequest(`CPU count must be between 1 and ${maxCpuCount}`)
    }
    if (!Number.isInteger(memoryMB) || memoryMB < 128 || memoryMB % 2 !== 0 || memoryMB > maxMemoryMB) {
      throw badRequest(`memory must be an even number of MB, from 128 to ${maxMemoryMB}`)
    }
  }

  #found(templateID: string, buildID: string): { readonly template: Template; readonly build: TemplateBuild } {
    const template = this.#parts.templates.byName(templateID)
    const build = template.builds.find((each) => each.buildID === buildID)
    if (build === undefined) throw buildNotFound(buildID)
    return { template, build }
  }

  /** `origin`: where the upload is to go. Nothing is uploaded twice. */
  upload(templateID: string, hash: string, origin: string): Schemas["TemplateBuildFileUpload"] {
    const { templateID: id } = this.#parts.templates.byName(templateID)
    if (!/^[0-9a-f]{64}$/.test(hash)) throw badRequest("the hash must be 64 hexadecimal digits")
    if (this.#uploaded.has(`${id}/${hash}`)) return { present: true }
    return { present: false, url: `${origin}/_uploads/${id}/${hash}` }
  }

  /** An archive arrived at the address that `upload` gave. */
  receive(templateID: string, hash: string): void {
    this.#uploaded.add(`${templateID}/${hash}`)
  }

  /** The steps are given, and walked from now on. */
  start(templateID: string, buildID: string, spec: Schemas["TemplateBuildStartV2"]): void {
    const { template, build } = this.#found(templateID, buildID)
    if (build.started) throw badRequest(`build '${buildID}' was started before`)
    if ((spec.fromImage === undefined) === (spec.fromTemplate === undefined)) {
      throw badRequest("exactly one of fromImage and fromTemplate must be given")
    }
    const { concurrentBuilds = Infinity } = this.#parts.plan()
    if (this.#running >= concurrentBuilds) throw tooManyBuilds(concurrentBuilds)
    build.started = true
    this.#running += 1
    const base = this.#base(spec)
    build.contents = base ?? emptyContents
    this.#walk(template, build, stepsOf(spec), base === undefined)
  }

  /** Undefined when the base is a template that is unknown or not usable. */
  #base({ fromTemplate }: Schemas["TemplateBuildStartV2"]): BuildContents | undefined {
    if (fromTemplate === undefined) return emptyContents
    try {
      return this.#parts.templates.usable(fromTemplate).build.contents
    } catch (failure) {
      if (failure instanceof ControlFailure) return undefined
      throw failure
    }
  }

  #walk(template: Template, build: TemplateBuild, steps: ReadonlyArray<BuildStep>, baseIsMissing: boolean): void {
    const [step, ...rest] = steps
    this.#later(() => {
      build.status = "building"
      if (step === undefined) return this.#end(template, build, "ready")
      this.#log(build, "info", `[${step.name}] ${step.line}`, step.name)
      const problem = this.#problemOf(template, step, baseIsMissing)
      if (problem !== undefined) {
        this.#log(build, "error", problem, step.name)
        build.reason = { message: problem, step: step.name }
        return this.#end(template, build, "error")
      }
      build.contents = { ...build.contents, envs: { ...build.contents.envs, ...step.envs } }
      this.#walk(template, build, rest, false)
    })
  }

  #problemOf(template: Template, step: BuildStep, baseIsMissing: boolean): string | undefined {
    if (baseIsMissing) return "the base template does not exist or has no usable build"
    if (step.filesHash !== undefined && !this.#uploaded.has(`${template.templateID}/${step.filesHash}`)) {
      return `the files of step ${step.name} were not uploaded`
    }
    const { failAt } = this.plan
    if (failAt?.step !== step.name) return undefined
    this.#failures += 1
    if (this.#failures >= (failAt.times ?? Infinity)) this.plan = { stepMs: this.plan.stepMs }
    return failAt.message ?? "exit status 1"
  }

  #later(action: () => void): void {
    const { timeline } = this.#parts
    timeline.at(timeline.now() + this.plan.stepMs, action)
  }

  #log(build: TemplateBuild, level: Schemas["LogLevel"], message: string, step: string): void {
    const timestamp = new Date(this.#parts.timeline.now()).toISOString()
    build.log.push({ timestamp, level, message, step })
  }

  #end(template: Template, build: TemplateBuild, status: "ready" | "error"): void {
    const now = this.#parts.timeline.now()
    build.status = status
    build.finishedAt = now
    template.updatedAt = now
    this.#running -= 1
  }

  /** Log entries from `offset` on. */
  status(templateID: string, buildID: string, offset: number, limit: number): Schemas["TemplateBuildInfo"] {
    const { template, build } = this.#found(templateID, buildID)
    return {
      templateID: template.templateID,
      buildID: build.buildID,
      status: build.status,
      // Always empty since the second version of the builder.
      logs: [],
      logEntries: build.log.slice(offset, offset + limit),
      ...(build.reason === undefined ? {} : { reason: build.reason })
    }
  }

  assignTags({ target, tags }: Schemas["AssignTemplateTagsRequest"]): Schemas["AssignedTemplateTags"] {
    const { templates, timeline } = this.#parts
    const { template, build } = templates.tagged(target)
    templates.assign(template, build, tags, timeline.now())
    return { buildID: build.buildID, tags }
  }

  removeTags({ name, tags }: Schemas["DeleteTemplateTagsRequest"]): void {
    const { templates } = this.#parts
    const template = templates.byName(name)
    const unknown = tags.find((tag) => !template.assignments.some((each) => each.tag === tag))
    if (unknown !== undefined) throw templateNotFound(`${name}:${unknown}`)
    templates.unassign(template, tags)
  }

  /** The newest assignment of each tag. */
  tags(templateID: string): Array<Schemas["TemplateTag"]> {
    const newest = new Map(this.#parts.templates.byName(templateID).assignments.map((each) => [each.tag, each]))
    return [...newest.values()].map(({ tag, build, at }) => ({
      tag,
      buildID: build.buildID,
      createdAt: new Date(at).toISOString()
    }))
  }

  /** Uploads and the plan of failures are forgotten. */
  reset(): void {
    this.plan = defaultPlan
    this.#failures = 0
    this.#uploaded.clear()
  }
}
