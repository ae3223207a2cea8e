// The process of both simulators for Scale.ts: scripted sandboxes, scripted runners.
//
// Answers for: starting them, counting what they hold, and queueing a job for each runner.
import { startE2BSimulator } from "../src/simulator/e2b/E2BSimulator.ts"
import { realClock } from "../src/simulator/github/Environment.ts"
import { startGitHubSimulator } from "../src/simulator/github/GitHubSimulator.ts"
import { scriptedRunner } from "../src/simulator/runner/ScriptedRunner.ts"
import { scaleApiKey, scaleLabels, scaleToken, type SimulatorRequest } from "./ScaleWords.ts"

const jobSeconds = 20

const github = await startGitHubSimulator({
  app: { id: 4711, webhookSecret: "secret" },
  installations: [{ id: 1, owner: "bench", ownerType: "Organization", repositories: ["scale"] }],
  pats: [{ token: scaleToken, login: "bench" }]
})
const e2b = await startE2BSimulator({
  apiKeys: [scaleApiKey],
  templates: [{ aliases: ["runner"] }],
  commands: scriptedRunner(github.machine, realClock)
})

const counts = () => {
  const { runners, jobs } = github.state()
  return {
    sandboxes: e2b.fleet.counts().running,
    "runners online": runners.filter((runner) => runner.status === "online").length,
    "jobs done": jobs.filter((job) => job.conclusion === "success").length
  }
}

process.on("message", (request: SimulatorRequest) => {
  if (request.start !== undefined) process.send?.({ e2b: e2b.url, github: github.url })
  else if (request.queue === undefined) process.send?.(counts())
  else {
    const steps = [{ name: "work", seconds: jobSeconds }]
    const jobs = Array.from({ length: request.queue }, (_, n) => ({ name: `job-${n}`, labels: scaleLabels, steps }))
    github.machine.createRun({ repository: "bench/scale", workflow: "scale", jobs })
    process.send?.({})
  }
})
