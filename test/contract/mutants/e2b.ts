// What has been broken in the simulated E2B, so that each of its contract tests was seen red.
import { envd } from "./e2b/Envd.ts"
import { files } from "./e2b/Files.ts"
import { misbehaviour } from "./e2b/Misbehaviour.ts"
import { refusals } from "./e2b/Refusals.ts"
import { sandboxCalls } from "./e2b/SandboxCalls.ts"
import { templates } from "./e2b/Templates.ts"
import type { MutantArea } from "./Mutation.ts"

export const e2b: MutantArea = {
  name: "e2b",
  suites: ["test/contract/e2b"],
  mutations: [...sandboxCalls, ...refusals, ...envd, ...files, ...templates, ...misbehaviour]
}
