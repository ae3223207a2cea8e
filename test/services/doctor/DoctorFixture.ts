// An installation that lacks nothing: both simulators, a receiver of webhooks, a database with a spec.
//
// Answers for: what the doctor finds in it, over HTTP and from the file, after a test has broken something.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunnerdConfig } from "../../../src/services/config/RunnerdConfig.ts"
import { diagnose } from "../../../src/services/doctor/Doctor.ts"
import * as SqliteDatabase from "../../../src/services/store/SqliteDatabase.ts"
import { type E2BSimulator, startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { type GitHubSimulator, startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { type Stores, storesOn } from "../../support/StoreBackends.ts"
import { saveSpec } from "../../support/StoreScenes.ts"

const startReceiver = async () => {
  let status = 202
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/github`,
    answer: (next: number) => {
      status = next
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    }
  }
}

export interface Installation {
  readonly github: GitHubSimulator
  readonly e2b: E2BSimulator
  readonly receiver: Awaited<ReturnType<typeof startReceiver>>
  readonly config: RunnerdConfig
  readonly folder: string
  /** Has GitHub send a webhook, and waits until its log knows what became of it. */
  readonly deliver: () => Promise<void>
  /** Does something to the database as the service would. */
  readonly inDatabase: <A, E>(body: Effect.Effect<A, E, Stores>) => Promise<A>
  readonly look: (over?: Partial<RunnerdConfig>) => Promise<Effect.Success<ReturnType<typeof diagnose>>>
  readonly close: () => Promise<void>
}

const key = "e2b_doctor"

let installations = 970_000

export const startInstallation = async (): Promise<Installation> => {
  const folder = mkdtempSync(join(tmpdir(), "runnerd-doctor-"))
  const receiver = await startReceiver()
  const github = await startGitHubSimulator({
    app: { id: 4243, webhookSecret: "webhook-secret" },
    webhookUrl: receiver.url,
    installations: [
      { id: ++installations, owner: "acme", ownerType: "Organization", repositories: ["web", "api"] },
      { id: ++installations, owner: "dana", ownerType: "User", repositories: ["tools"] }
    ],
    pats: [{ token: "ghp_good", login: "robot" }]
  })
  const e2b = await startE2BSimulator({
    apiKeys: [key],
    templates: [{ aliases: ["runner"] }, { aliases: ["half"], buildStatus: "building" }]
  })
  const base = makeConfig()
  const config: RunnerdConfig = {
    ...base,
    database: { backend: "sqlite", path: join(folder, "runnerd.db") },
    e2b: { ...base.e2b, apiKey: Redacted.make(key), apiUrl: e2b.url, sandboxUrl: e2b.url, domain: undefined },
    github: {
      ...base.github,
      apiBaseUrl: github.url,
      allowedRepositories: ["acme/web", "Dana/*"],
      auth: {
        _tag: "App",
        appId: 4243,
        installationId: undefined,
        privateKey: Redacted.make(github.privateKeyPem)
      }
    }
  }
  const inDatabase = <A, E>(body: Effect.Effect<A, E, Stores>) =>
    Effect.runPromise(
      Effect.provide(
        body,
        Layer.fresh(storesOn(SqliteDatabase.layer(join(folder, "runnerd.db")).pipe(Layer.provide(NodeServices.layer))))
      )
    )
  const deliver = async () => {
    const before = github.state().deliveries.length
    github.machine.createRun({ repository: "acme/web", workflow: "CI", jobs: [{ name: "build", labels: ["e2b"] }] })
    while (github.state().deliveries.length === before || github.state().pendingDeliveries > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await inDatabase(saveSpec())
  await deliver()
  return {
    github,
    e2b,
    receiver,
    config,
    folder,
    deliver,
    inDatabase,
    look: (over = {}) => Effect.runPromise(Effect.provide(diagnose({ ...config, ...over }), NodeServices.layer)),
    close: async () => {
      await github.close()
      await e2b.close()
      await receiver.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
