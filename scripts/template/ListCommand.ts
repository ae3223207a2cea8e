// `npm run template:list`: the templates that are here, and what E2B has of them.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { fingerprint } from "./Definition.ts"
import type { E2bEnvironment, Variant } from "./E2bAccess.ts"
import { connect, nameAtE2b } from "./E2bAccess.ts"
import type { RemoteTemplate } from "./RemoteTemplate.ts"
import { remoteTemplate } from "./RemoteTemplate.ts"
import type { TemplateFolder } from "./TemplateFolder.ts"
import { listTemplates, readTemplate } from "./TemplateFolder.ts"
import { lockCommand, lockProblems, readLock } from "./TemplateLock.ts"

export interface ListOptions {
  readonly root: string
  readonly config: Option.Option<string>
  readonly environment: E2bEnvironment
}

const variants: ReadonlyArray<Variant> = ["dev", "prod"]

/** `content`: the fingerprint of what is here; undefined when that cannot be built. */
const stateOf = (remote: RemoteTemplate | undefined, content: string | undefined): string => {
  if (remote === undefined) return "not built"
  if (remote.build === undefined) return `${remote.templateId}, no build is ready`
  const { finishedAt, cpuCount, memoryMB, fingerprint } = remote.build
  const same =
    fingerprint === undefined
      ? "not built by this command"
      : fingerprint === content
        ? "as here"
        : "older than what is here"
  return `${remote.templateId}, built ${finishedAt}, ${cpuCount} CPUs, ${memoryMB} MiB, ${same}`
}

const here = Effect.fnUntraced(function* (template: TemplateFolder) {
  const lock = yield* readLock(template)
  const problems = lockProblems(template, lock)
  yield* Console.log(`${template.id}: ${template.description}`)
  yield* Console.log(
    problems.length === 0
      ? "  lock  complete"
      : `  lock  ${problems.length} entries cannot be built with; run: ${lockCommand(template.id)}`
  )
  return lock === undefined || problems.length > 0 ? undefined : yield* fingerprint(template, lock)
})

export const list = Effect.fn("template.list")(function* ({ root, config, environment }: ListOptions) {
  const access = yield* Effect.result(connect(config, environment))
  for (const id of yield* listTemplates(root)) {
    const template = yield* readTemplate(root, id)
    const content = yield* here(template)
    if (access._tag === "Failure") continue
    for (const variant of variants) {
      const name = nameAtE2b(template, variant)
      yield* Console.log(
        `  ${variant.padEnd(4)}  ${name}: ${stateOf(yield* remoteTemplate(access.success, name), content)}`
      )
    }
  }
  if (access._tag === "Failure") yield* Console.log(`What E2B has is not shown. ${access.failure.message}`)
})
