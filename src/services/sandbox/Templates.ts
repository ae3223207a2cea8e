// Whether a template can be used for a runner spec.
//
// Answers for: finding it by id or alias and judging its builds. Gotchas: an id is no alias and the other
// way round, so both are asked; a template that belongs to another team is usable when it is public, but
// its builds are not shown to us (403), so it counts as usable; no builds listed counts as usable too,
// because E2B-compatible servers may leave them out.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { SandboxError, TemplateUnusable } from "../../domain/SandboxError.ts"
import type { ControlCalls } from "./ControlCalls.ts"
import type { BuildFacts, SandboxesOptions, TemplateStatus } from "./SandboxTypes.ts"

const operation = "templateStatus"

const MaybeNumber = Schema.optional(Schema.NullOr(Schema.Finite))
const MaybeText = Schema.optional(Schema.NullOr(Schema.String))
const MaybeTexts = Schema.optional(Schema.NullOr(Schema.Array(Schema.String)))

const Build = Schema.Struct({
  status: Schema.String,
  createdAt: MaybeText,
  finishedAt: MaybeText,
  cpuCount: MaybeNumber,
  memoryMB: MaybeNumber,
  diskSizeMB: MaybeNumber
})
type Build = typeof Build.Type

const WithBuilds = Schema.Struct({
  templateID: Schema.NonEmptyString,
  // `aliases` is what servers had before `names`.
  names: MaybeTexts,
  aliases: MaybeTexts,
  builds: Schema.optional(Schema.NullOr(Schema.Array(Build)))
})
const Alias = Schema.Struct({ templateID: Schema.NonEmptyString })

/** `uploaded` is what servers of the first template system call a build that is done. */
const usableBuilds = new Set(["ready", "uploaded"])

const factsOf = (build: Build): BuildFacts => ({
  cpuCount: build.cpuCount ?? null,
  memoryMb: build.memoryMB ?? null,
  diskSizeMb: build.diskSizeMB ?? null,
  finishedAt: Option.getOrNull(DateTime.make(build.finishedAt ?? ""))
})

const ageOf = ({ createdAt }: Build): number => Date.parse(createdAt ?? "") || 0

const detailOf = (builds: ReadonlyArray<Build>, usable: number): string => {
  if (builds.length === 0) return "The template exists; its builds are not listed."
  if (usable > 0) return `${usable} of ${builds.length} listed builds can be used.`
  const seen = [...new Set(builds.map((build) => build.status))].join(", ")
  return `No build can be used: ${builds.length} listed, all ${seen}.`
}

const statusOf = (template: typeof WithBuilds.Type): TemplateStatus => {
  const builds = template.builds ?? []
  const ready = builds.filter((build) => usableBuilds.has(build.status))
  const newest = ready.toSorted((one, other) => ageOf(other) - ageOf(one))[0]
  return {
    templateId: template.templateID,
    usable: builds.length === 0 || ready.length > 0,
    detail: detailOf(builds, ready.length),
    facts: {
      names: template.names ?? template.aliases ?? [],
      builds: builds.length,
      usableBuilds: ready.length,
      newest: newest === undefined ? null : factsOf(newest)
    }
  }
}

const hidden = (templateId: string): TemplateStatus => ({
  templateId,
  usable: true,
  detail: "The template exists but belongs to another team, which does not show its builds.",
  facts: { names: [], builds: 0, usableBuilds: 0, newest: null }
})

export const makeTemplates = (calls: ControlCalls, options: SandboxesOptions) => {
  const decodeTemplate = calls.decode(WithBuilds, operation)
  const decodeAlias = calls.decode(Alias, operation)

  const unusable = (template: string, detail: string) =>
    new SandboxError({ operation, reason: new TemplateUnusable({ template, detail }) })

  const byId = (templateID: string) =>
    calls.send(operation, options.callTimeout, (client, signal) =>
      client.GET("/templates/{templateID}", { params: { path: { templateID } }, signal })
    )

  const templateStatus = Effect.fn("Sandboxes.templateStatus")(function* (given: string) {
    const template = given.trim()
    if (template === "") return yield* unusable(template, "no template is named")
    const subject = { operation, template }
    const direct = yield* byId(template)
    if (direct.response.ok) return statusOf(yield* decodeTemplate(direct.data))
    if (direct.response.status === 403) return hidden(template)
    // 400: a server that checks the form of an id finds an alias malformed.
    if (direct.response.status !== 404 && direct.response.status !== 400) return yield* calls.refuse(direct, subject)
    const alias = yield* calls.send(operation, options.callTimeout, (client, signal) =>
      client.GET("/templates/aliases/{alias}", { params: { path: { alias: template } }, signal })
    )
    if (alias.response.status === 403) return hidden(template)
    if (!alias.response.ok) return yield* calls.refuse(alias, subject)
    const { templateID } = yield* decodeAlias(alias.data)
    const named = yield* byId(templateID)
    if (named.response.ok) return statusOf(yield* decodeTemplate(named.data))
    return named.response.status === 403 ? hidden(templateID) : yield* calls.refuse(named, subject)
  })

  return { templateStatus }
}
