// The templates that the simulated team owns.
//
// Answers for: names, build status, size, and what a template puts into a fresh sandbox.
// Gotcha: a name resolves to a template even when no build of it is usable; only a create then refuses it (404, as for
// an unknown one; unverified against the real service).
import { createHash } from "node:crypto"
import type { components } from "e2b"
import { badRequest, templateNotFound } from "./ControlFailure.ts"

export type BuildStatus = components["schemas"]["TemplateBuildStatus"]

export interface TemplateDefinition {
  /** Names under which a create finds it, without team prefix. */
  readonly aliases: ReadonlyArray<string>
  /** Derived from the first alias when left out. */
  readonly templateID?: string
  /** `ready` when left out. */
  readonly buildStatus?: BuildStatus
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

export interface Template {
  readonly templateID: string
  readonly buildID: string
  readonly aliases: ReadonlyArray<string>
  readonly buildStatus: BuildStatus
  readonly createdAt: number
  readonly cpuCount: number
  readonly memoryMB: number
  readonly diskSizeMB: number
  readonly envs: Readonly<Record<string, string>>
  readonly copyFrom: string | undefined
  readonly install: ((directory: string) => void | Promise<void>) | undefined
  spawnCount: number
  lastSpawnedAt: number | undefined
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex")

/** A build id looks like a UUID and is the same in each run. */
const buildIdOf = (templateID: string) =>
  digest(`build ${templateID}`).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5")

export class TemplateCatalog {
  #byName = new Map<string, Template>()
  #all: ReadonlyArray<Template> = []

  /** Replaces the whole catalogue; sandboxes made from earlier templates live on. */
  replace(definitions: ReadonlyArray<TemplateDefinition>, now: number): void {
    const byName = new Map<string, Template>()
    this.#all = definitions.map((definition) => {
      const [first] = definition.aliases
      if (first === undefined) throw badRequest("a template needs at least one alias")
      const templateID = definition.templateID ?? digest(first).slice(0, 20)
      const template: Template = {
        templateID,
        buildID: buildIdOf(templateID),
        aliases: definition.aliases,
        buildStatus: definition.buildStatus ?? "ready",
        createdAt: now,
        cpuCount: definition.cpuCount ?? 2,
        memoryMB: definition.memoryMB ?? 1024,
        diskSizeMB: definition.diskSizeMB ?? 10_240,
        envs: definition.envs ?? {},
        copyFrom: definition.copyFrom,
        install: definition.install,
        spawnCount: 0,
        lastSpawnedAt: undefined
      }
      for (const name of [templateID, ...definition.aliases]) byName.set(name, template)
      return template
    })
    this.#byName = byName
  }

  all(): ReadonlyArray<Template> {
    return this.#all
  }

  /** By alias only: a template id is not an alias. */
  byAlias(alias: string): Template {
    const template = this.#byName.get(alias)
    if (template === undefined || !template.aliases.includes(alias)) throw templateNotFound(alias)
    return template
  }

  /** By id or alias. */
  byName(name: string): Template {
    const template = this.#byName.get(name)
    if (template === undefined) throw templateNotFound(name)
    return template
  }

  /** The template a create may use: known, and with a usable build. A tag after the name (`name:tag`) is accepted. */
  usable(name: string): Template {
    const template = this.#byName.get(name) ?? this.#byName.get(name.split(":")[0] ?? name)
    if (template === undefined || template.buildStatus !== "ready") throw templateNotFound(name)
    return template
  }
}
