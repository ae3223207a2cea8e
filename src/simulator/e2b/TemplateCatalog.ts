// The templates that the simulated team owns, and those of others that it knows by name.
//
// Answers for: names, builds, tags, and what a build puts into a fresh sandbox. Not for building (TemplateBuilds.ts).
// Gotchas: a name resolves to a template even when no build of it is usable; only a create then refuses it (404, as for an
// unknown one; unverified against the real service). A tag keeps meaning the newest build that became ready, while the
// next one is still being built.
import { createHash } from "node:crypto"
import type { components } from "e2b"
import { badRequest, templateNotFound } from "./ControlFailure.ts"

export type BuildStatus = components["schemas"]["TemplateBuildStatus"]
export type BuildLogEntry = components["schemas"]["BuildLogEntry"]

export const defaultTag = "default"

export interface TemplateDefinition {
  /** Names under which a create finds it, without team prefix. */
  readonly aliases: ReadonlyArray<string>
  /** Derived from the first alias when left out. */
  readonly templateID?: string
  /** `ready` when left out. */
  readonly buildStatus?: BuildStatus
  /** It belongs to another team: its name is known, and nothing else can be had. */
  readonly foreign?: boolean
  /** A folder whose contents become the root of each sandbox. */
  readonly copyFrom?: string
  /** Called with the root of each new sandbox, after `copyFrom`. In-process only. */
  readonly install?: (directory: string) => void | Promise<void>
  /** Environment of every command; `${SANDBOX_ROOT}` stands for the sandbox's directory. */
  readonly envs?: Readonly<Record<string, string>>
  readonly cpuCount?: number
  readonly memoryMB?: number
  readonly diskSizeMB?: number
}

/** What a sandbox made from a build begins with. */
export interface BuildContents {
  readonly copyFrom: string | undefined
  readonly install: ((directory: string) => void | Promise<void>) | undefined
  readonly envs: Readonly<Record<string, string>>
}

export const emptyContents: BuildContents = { copyFrom: undefined, install: undefined, envs: {} }

export interface TemplateBuild {
  readonly buildID: string
  readonly createdAt: number
  readonly cpuCount: number
  readonly memoryMB: number
  readonly diskSizeMB: number
  status: BuildStatus
  finishedAt: number | undefined
  contents: BuildContents
  readonly log: Array<BuildLogEntry>
  reason: components["schemas"]["BuildStatusReason"] | undefined
  /** Its steps were given, whether or not the first has begun. */
  started: boolean
}

export interface TagAssignment {
  readonly tag: string
  readonly build: TemplateBuild
  readonly at: number
}

export interface Template {
  readonly templateID: string
  readonly aliases: ReadonlyArray<string>
  readonly foreign: boolean
  readonly createdAt: number
  updatedAt: number
  /** Oldest first; at least one. */
  readonly builds: Array<TemplateBuild>
  /** Oldest first. */
  assignments: ReadonlyArray<TagAssignment>
  spawnCount: number
  lastSpawnedAt: number | undefined
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex")

/** A build id looks like a UUID and is the same in each run. */
const buildIdOf = (templateID: string, number: number) =>
  digest(`build ${templateID} ${number}`).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5")

export interface BuildSize {
  readonly cpuCount?: number | undefined
  readonly memoryMB?: number | undefined
  readonly diskSizeMB?: number | undefined
}

export class TemplateCatalog {
  #byName = new Map<string, Template>()
  #all: Array<Template> = []

  /** Replaces the whole catalogue; sandboxes made from earlier templates live on. */
  replace(definitions: ReadonlyArray<TemplateDefinition>, now: number): void {
    if (definitions.some(({ aliases }) => aliases.length === 0)) throw badRequest("a template needs at least one alias")
    this.#byName = new Map()
    this.#all = []
    for (const definition of definitions) {
      const { aliases, templateID, foreign, copyFrom, install, envs = {} } = definition
      const template = this.#add(aliases, templateID, foreign ?? false, now)
      const build = this.addBuild(template, definition, [defaultTag], now)
      build.contents = { copyFrom, install, envs }
      build.status = definition.buildStatus ?? "ready"
      build.started = true
      if (build.status === "ready" || build.status === "error") build.finishedAt = now
    }
  }

  #add(aliases: ReadonlyArray<string>, templateID: string | undefined, foreign: boolean, now: number): Template {
    const template: Template = {
      templateID: templateID ?? digest(aliases[0] ?? "").slice(0, 20),
      aliases,
      foreign,
      createdAt: now,
      updatedAt: now,
      builds: [],
      assignments: [],
      spawnCount: 0,
      lastSpawnedAt: undefined
    }
    this.#all.push(template)
    for (const name of [template.templateID, ...aliases]) this.#byName.set(name, template)
    return template
  }

  /** The template of that name, made when there is none. 403 when it is another team's. */
  named(name: string, now: number): Template {
    const known = this.#byName.get(name)
    return known === undefined ? this.#add([name], undefined, false, now) : known
  }

  /** A build that waits for its steps, and to which the tags will lead once it is ready. */
  addBuild(template: Template, size: BuildSize, tags: ReadonlyArray<string>, now: number): TemplateBuild {
    const build: TemplateBuild = {
      buildID: buildIdOf(template.templateID, template.builds.length),
      createdAt: now,
      cpuCount: size.cpuCount ?? 2,
      memoryMB: size.memoryMB ?? 1024,
      diskSizeMB: size.diskSizeMB ?? 10_240,
      status: "waiting",
      finishedAt: undefined,
      contents: emptyContents,
      log: [],
      reason: undefined,
      started: false
    }
    template.builds.push(build)
    template.updatedAt = now
    this.assign(template, build, tags, now)
    return build
  }

  assign(template: Template, build: TemplateBuild, tags: ReadonlyArray<string>, now: number): void {
    template.assignments = [...template.assignments, ...tags.map((tag) => ({ tag, build, at: now }))]
  }

  unassign(template: Template, tags: ReadonlyArray<string>): void {
    template.assignments = template.assignments.filter(({ tag }) => !tags.includes(tag))
  }

  remove(template: Template): void {
    this.#all = this.#all.filter((other) => other !== template)
    for (const [name, known] of this.#byName) if (known === template) this.#byName.delete(name)
  }

  /** Of the own team. */
  all(): ReadonlyArray<Template> {
    return this.#all.filter((template) => !template.foreign)
  }

  /** By alias only: a template id is not an alias. */
  byAlias(alias: string): Template {
    const template = this.#byName.get(alias)
    if (template === undefined || !template.aliases.includes(alias)) throw templateNotFound(alias)
    return template
  }

  /** By id or alias, of the own team. */
  byName(name: string): Template {
    const template = this.#byName.get(name)
    if (template === undefined || template.foreign) throw templateNotFound(name)
    return template
  }

  /** What `name`, `id`, `name:tag` or `id:tag` means: a template, and the newest build of that tag. */
  tagged(reference: string): { readonly template: Template; readonly build: TemplateBuild } {
    const [name = "", tag = defaultTag] = reference.split(":")
    const template = this.byName(name)
    const build = template.assignments.findLast((each) => each.tag === tag)?.build
    if (build === undefined) throw templateNotFound(reference)
    return { template, build }
  }

  /** The template and build that a create may use. */
  usable(reference: string): { readonly template: Template; readonly build: TemplateBuild } {
    const [name = "", tag = defaultTag] = reference.split(":")
    const template = this.#byName.get(name)
    const ready = template?.assignments.findLast((each) => each.tag === tag && each.build.status === "ready")
    if (template === undefined || template.foreign || ready === undefined) throw templateNotFound(reference)
    return { template, build: ready.build }
  }
}

/** The one that listings show: the newest that is ready, or else the newest. */
export const shownBuild = (template: Template): TemplateBuild => {
  const build = template.builds.findLast(({ status }) => status === "ready") ?? template.builds.at(-1)
  if (build === undefined) throw templateNotFound(template.templateID)
  return build
}
