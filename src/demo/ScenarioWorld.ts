// The world of a scenario file, and where the files that come with runnerd are.
//
// Answers for: finding a scenario by its name or path, and its options for LocalWorld.ts.
import { existsSync } from "node:fs"
import { extname } from "node:path"
import { fileURLToPath } from "node:url"
import type { Scenario } from "../simulator/scenario/Scenario.ts"
import type { WorldOptions } from "./LocalWorld.ts"

/** A path, or the name of a scenario that comes with runnerd: `faults` is scenarios/faults.yaml. */
export const scenarioFile = (nameOrPath: string): string => {
  if (extname(nameOrPath) !== "" || existsSync(nameOrPath)) return nameOrPath
  return fileURLToPath(new URL(`../../scenarios/${nameOrPath}.yaml`, import.meta.url))
}

/** How long a scenario that is played once may take. */
export const timeLimitSeconds = (scenario: Scenario): number => scenario.timeLimitSeconds ?? 120

export const worldOptions = (scenario: Scenario): WorldOptions => ({
  // The same kind of file as this one: built beside built, source beside source.
  entry: fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url)),
  installations: scenario.installations,
  templates: scenario.templates,
  settings: scenario.settings ?? {},
  scripted: scenario.sandboxes === "scripted",
  ...(scenario.plan === undefined ? {} : { plan: scenario.plan }),
  ...(scenario.limits === undefined ? {} : { githubLimits: scenario.limits })
})
