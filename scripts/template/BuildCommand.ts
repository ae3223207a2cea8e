// `npm run template:build`: builds a template at E2B, unless it is there as it is here.
//
// Answers for: refusing what is not locked, progress, what a failure means, and tags. E2B's cache keeps the steps that have
// not changed (Definition.ts puts them in that order).
// Gotcha: a build goes on at E2B when nobody watches it any more.
import type { BuildInfo } from "e2b"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { definition, fingerprint, stageOfStep } from "./Definition.ts"
import type { E2bAccess, E2bEnvironment, Variant } from "./E2bAccess.ts"
import { connect, nameAtE2b } from "./E2bAccess.ts"
import { contentTag, remoteTemplate } from "./RemoteTemplate.ts"
import type { TemplateFolder } from "./TemplateFolder.ts"
import { readTemplate } from "./TemplateFolder.ts"
import type { TemplateLock } from "./TemplateLock.ts"
import { requireLock } from "./TemplateLock.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

export interface BuildOptions {
  readonly root: string
  readonly id: string
  readonly variant: Variant
  readonly config: Option.Option<string>
  readonly environment: E2bEnvironment
  /** Builds what is there already, and every step of it. */
  readonly force: boolean
}

/** Between two looks at a build, when nothing new was in its log. */
const pause = Duration.millis(500)

/** A look at a build that takes minutes may fail now and then. */
const patience = Schedule.max([Schedule.spaced("1 second"), Schedule.recurs(30)])

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)}s`.padStart(8)

/** Prints the log as it comes. Ends with the build. */
const follow = Effect.fnUntraced(function* ({ e2b, call }: E2bAccess, info: BuildInfo, begun: number) {
  let logsOffset = 0
  while (true) {
    const status = yield* Effect.retry(
      call("the build cannot be followed", () => e2b.Template.getBuildStatus(info, { logsOffset })),
      patience
    )
    const now = yield* Clock.currentTimeMillis
    for (const { level, message } of status.logEntries) {
      const line = `${seconds(now - begun)}  ${message}`
      yield* level === "error" ? Console.error(line) : Console.log(line)
    }
    logsOffset += status.logEntries.length
    if (status.logEntries.length > 0) continue
    if (status.status === "ready" || status.status === "error") return status
    yield* Effect.sleep(pause)
  }
})

const failed = (
  template: TemplateFolder,
  lock: TemplateLock,
  reason: { readonly message: string; readonly step?: string } | undefined
) => {
  const stage = stageOfStep(template, lock, reason?.step)
  const place =
    reason?.step === "base"
      ? ` at its base image, ${lock.base.image}`
      : stage === undefined
        ? ` at step ${reason?.step ?? "unknown"}`
        : ` in the stage ${stage} (step ${reason?.step})`
  return new TemplateProblem({
    message: [
      `The build failed${place}: ${reason?.message ?? "E2B gives no reason"}.`,
      "What it said before is above. The build that was in use stays in use."
    ].join("\n")
  })
}

const start = Effect.fnUntraced(function* (
  { e2b, call }: E2bAccess,
  template: TemplateFolder,
  lock: TemplateLock,
  name: string,
  force: boolean
) {
  const { cpuCount, memoryMB, minFreeDiskMB } = template
  const size = { cpuCount, memoryMB, minFreeDiskMb: minFreeDiskMB }
  return yield* call(`${name} cannot be built`, () =>
    e2b.Template.buildInBackground(definition(template, lock), name, { ...size, skipCache: force })
  )
})

export const build = Effect.fn("template.build")(function* (options: BuildOptions) {
  const { root, id, variant, force } = options
  const template = yield* readTemplate(root, id)
  const lock = yield* requireLock(template)
  const content = yield* fingerprint(template, lock)
  const access = yield* connect(options.config, options.environment)
  const name = nameAtE2b(template, variant)
  const there = yield* remoteTemplate(access, name)
  if (there?.build?.fingerprint === content && !force) {
    yield* Console.log(
      `${name} is unchanged: built ${there.build.finishedAt} from the same files (${content}). --force builds it again.`
    )
    return
  }
  yield* Console.log(
    `Building ${name} (${content}) at ${access.apiUrl}: ${template.cpuCount} CPUs, ${template.memoryMB} MiB, from ${lock.base.image}`
  )
  const begun = yield* Clock.currentTimeMillis
  const info = yield* start(access, template, lock, name, force)
  const end = yield* follow(access, info, begun).pipe(
    Effect.onInterrupt(() =>
      Console.error(`Build ${info.buildId} of ${name} goes on at E2B; npm run template:list shows how it ended.`)
    )
  )
  if (end.status === "error") return yield* failed(template, lock, end.reason)
  yield* access.call(`${name} is built, but cannot be tagged`, () =>
    access.e2b.Template.assignTags(name, [contentTag(content)])
  )
  const took = (yield* Clock.currentTimeMillis) - begun
  yield* Console.log(
    [
      `Built in ${seconds(took).trim()}: template ${info.templateId}, build ${info.buildId}.`,
      `Try it:  npm run template:smoke -- ${id} --${variant}`,
      `Use it:  template_id: ${name}  in a runner spec`
    ].join("\n")
  )
})
