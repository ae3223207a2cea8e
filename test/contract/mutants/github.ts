// What has been broken in the simulated GitHub, so that each of its contract tests was seen red.
import { callers } from "./github/Callers.ts"
import { manifests } from "./github/Manifests.ts"
import { runs } from "./github/Runs.ts"
import { runners } from "./github/Runners.ts"
import { webhooks } from "./github/Webhooks.ts"
import type { MutantArea } from "./Mutation.ts"

export const github: MutantArea = {
  name: "github",
  suites: ["test/contract/github"],
  mutations: [...callers, ...manifests, ...runs, ...runners, ...webhooks]
}
