// What E2B is told to build: from a template's folder and its lock file.
//
// Answers for: the steps, in an order that lets E2B's cache keep what has not changed (each stage brings its own files, so
// that a newer runner does not install the packages again); and a fingerprint of everything that the image is made of.
// Gotcha: stages see only what is copied beside them, flat, in /opt/runnerd-template.
import { createHash } from "node:crypto"
import { basename } from "node:path/posix"
import { Template } from "e2b"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { Stage, TemplateFolder } from "./TemplateFolder.ts"
import { withVersion } from "./TemplateFolder.ts"
import type { TemplateLock } from "./TemplateLock.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

/** Where the stages lie and run. */
export const stageFolder = "/opt/runnerd-template"

const library = "shared/lib.sh"

export interface PlannedStage {
  /** The name of the script, without its ending. */
  readonly name: string
  /** Relative to `templates/`. */
  readonly files: ReadonlyArray<string>
  readonly command: string
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const argumentsOf = (template: TemplateFolder, lock: TemplateLock, stage: Stage): ReadonlyArray<string> => [
  ...(stage.downloads ?? []).map((name) => {
    const { version, sha256, url } = lock.downloads[name] ?? { version: "", sha256: "", url: "" }
    return [name, version, sha256 ?? "", url ?? ""].join("|")
  }),
  ...(stage.software === true ? template.software : []).map(({ name, command, download }) => {
    const version = download === undefined ? "" : (template.downloads[download]?.version ?? "")
    return [name, version, withVersion(command, version)].join("|")
  })
]

/** The stages in their order. */
export const plan = (template: TemplateFolder, lock: TemplateLock): ReadonlyArray<PlannedStage> =>
  template.stages.map((stage) => {
    const inFolder = (file: string) => (file.startsWith("shared/") ? file : `${template.id}/${file}`)
    const script = basename(stage.script)
    return {
      name: script.replace(/\.sh$/, ""),
      files: [inFolder(stage.script), ...(stage.files ?? []).map(inFolder)],
      command: ["bash", `${stageFolder}/${script}`, ...argumentsOf(template, lock, stage).map(quoted)].join(" ")
    }
  })

/** By its digest, which also says the tag's name at that time. */
const imageOf = ({ base: { image, sha256 } }: TemplateLock): string => `${image.split(":")[0]}@sha256:${sha256}`

/** For the SDK. */
export const definition = (template: TemplateFolder, lock: TemplateLock) => {
  const place = (file: string) => ({ src: file, dest: `${stageFolder}/${basename(file)}` })
  const start = Template({ fileContextPath: template.root })
    .fromImage(imageOf(lock))
    .setEnvs(template.envs ?? {})
    .setUser("root")
    .setWorkdir("/")
    .copyItems([place(library)])
  return plan(template, lock)
    .reduce((builder, { files, command }) => builder.copyItems(files.map(place)).runCmd(command), start)
    .setUser("user")
    .setWorkdir("/home/user")
}

/** How many steps come before the first stage, for E2B counts steps from 1: environment, user, folder, library. */
const stepsBefore = (template: TemplateFolder): number => (Object.keys(template.envs ?? {}).length > 0 ? 4 : 3)

/** The stage that a step of E2B's belongs to. */
export const stageOfStep = (
  template: TemplateFolder,
  lock: TemplateLock,
  step: string | undefined
): string | undefined => {
  let last = stepsBefore(template)
  for (const { name, files } of plan(template, lock)) {
    const first = last + 1
    last += files.length + 1
    if (Number(step) >= first && Number(step) <= last) return name
  }
  return undefined
}

const digestOf = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex")

/** 12 hexadecimal digits: the same while nothing that goes into the image, nor its size, has changed. */
export const fingerprint = Effect.fnUntraced(function* (template: TemplateFolder, lock: TemplateLock) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const stages = plan(template, lock)
  const names = [library, ...stages.flatMap(({ files }) => files)]
  const files = yield* Effect.forEach(names, (name) =>
    fs.readFile(path.join(template.root, name)).pipe(
      Effect.map((content) => [name, digestOf(content)]),
      Effect.mapError(() => new TemplateProblem({ message: `${template.id}: templates/${name} cannot be read` }))
    )
  )
  const { cpuCount, memoryMB, minFreeDiskMB, envs = {} } = template
  const commands = stages.map(({ command }) => command)
  const all = { image: imageOf(lock), cpuCount, memoryMB, minFreeDiskMB, envs, commands, files }
  return digestOf(JSON.stringify(all)).slice(0, 12)
})
