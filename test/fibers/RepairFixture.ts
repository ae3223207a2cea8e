// Intake repair on the real stores, with the real client against the simulated GitHub over HTTP.
//
// Gotcha: Octokit shares token exchanges through a map of the whole process, so each world has an installation of its own.
import { it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Config } from "../../src/services/config/Config.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { type GitHubSimulator, startGitHubSimulator } from "../../src/simulator/github/GitHubSimulator.ts"
import { freshId } from "../services/github/GitHubFixture.ts"
import { sqliteInMemory, type Stores } from "../support/StoreBackends.ts"
import { makeConfig } from "./ActorFixture.ts"

interface Settings {
  readonly allowedRepositories?: ReadonlyArray<string>
  readonly reconcileCalls?: number
  /** The App is told which installation is its own. */
  readonly ownInstallation?: boolean
}

/** Of acme, whose App has three repositories, and of other, whose has one. */
const startGitHub = () =>
  startGitHubSimulator({
    app: { id: freshId(), webhookSecret: "webhook-secret" },
    installations: [
      { id: freshId(), owner: "acme", ownerType: "Organization", repositories: ["web", "api", "docs"] },
      { id: freshId(), owner: "other", ownerType: "Organization", repositories: ["site"] }
    ]
  })

const layerOf = (simulator: GitHubSimulator, settings: Settings) => {
  const base = makeConfig()
  const own = simulator.machine.topology.organization("acme").id
  const auth = {
    _tag: "App",
    appId: simulator.appId,
    privateKey: Redacted.make(simulator.privateKeyPem),
    installationId: settings.ownInstallation === true ? own : undefined
  } as const
  const config = {
    ...base,
    github: { ...base.github, auth, allowedRepositories: settings.allowedRepositories ?? [] },
    repair: { ...base.repair, reconcileCalls: settings.reconcileCalls ?? base.repair.reconcileCalls }
  }
  return Layer.mergeAll(
    GitHub.layer({ baseUrl: simulator.url, auth, callTimeout: Duration.seconds(20) }),
    Warnings.layer,
    Layer.succeed(Config, config),
    sqliteInMemory.layer
  )
}

export type RepairWorld = Stores | GitHub | Warnings | Config

/** A test in a world of its own, in real time. */
export const story = <A, E>(
  title: string,
  body: (github: GitHubSimulator) => Effect.Effect<A, E, RepairWorld>,
  settings: Settings = {}
) =>
  it.live(title, () =>
    Effect.gen(function* () {
      const simulator = yield* Effect.acquireRelease(Effect.promise(startGitHub), (github) =>
        Effect.promise(() => github.close())
      )
      return yield* Effect.provide(body(simulator), layerOf(simulator, settings))
    }).pipe(Effect.scoped)
  )

/** A run of jobs for runners of ours; the ids of its jobs. */
export const startRun = (github: GitHubSimulator, size: number, repository = "acme/web") => {
  const run = github.machine.createRun({
    repository,
    workflow: "ci",
    jobs: Array.from({ length: size }, (_, index) => ({ name: `job ${index}`, labels: ["self-hosted", "e2b"] }))
  })
  return { id: run.id, jobIds: run.jobs.map((job) => job.id) }
}

/** Answered calls of a route, and those of them that were answered with this status. */
export const callsOf = (github: GitHubSimulator, route: string, status?: number): number => {
  const { restCalls, restStatuses } = github.state()
  return (status === undefined ? restCalls[route] : restStatuses[`${route} ${status}`]) ?? 0
}

export const routes = {
  runs: "GET /repos/{owner}/{repo}/actions/runs",
  runJobs: "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
  job: "GET /repos/{owner}/{repo}/actions/jobs/{job_id}",
  deliveries: "GET /app/hook/deliveries",
  delivery: "GET /app/hook/deliveries/{delivery_id}"
} as const

export const rescued = Effect.flatMap(RepairStore, (store) => store.rescued)
