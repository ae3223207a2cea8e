// What has been broken in the simulated E2B, so that each of its contract tests was seen red.
import type { MutantArea } from "./Mutation.ts"

export const e2b: MutantArea = {
  name: "e2b",
  suites: ["test/contract/e2b"],
  mutations: [
    {
      name: "a kill takes no effect",
      file: "src/simulator/e2b/SandboxRoutes.ts",
      find: "    fleet.kill(id)\n",
      replace: "    fleet.get(id)\n",
      reds: ["ControlApi › create, list, get, kill › a kill is true once, then false"]
    },
    {
      name: "an extension is not cut at the plan's longest life",
      file: "src/simulator/e2b/SandboxFleet.ts",
      find: "record.endAt = Math.min(now + Math.max(0, seconds) * 1000, last)",
      replace: "record.endAt = now + Math.max(0, seconds) * 1000",
      reds: ["an extension counts from now and is silently cut at the plan's longest life"]
    }
  ]
}
