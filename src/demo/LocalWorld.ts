// A whole world on loopback: both simulators, a config file in a temporary folder, and a client of the API.
//
// Answers for: everything around runnerd that the demo, the end-to-end tests and the benchmarks need alike, and
// leaving nothing behind when it closes. Not for runnerd itself (RunnerdProcess.ts).
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type E2BSimulator, type E2BSimulatorOptions, startE2BSimulator } from "../simulator/e2b/E2BSimulator.ts"
import { realClock } from "../simulator/github/Environment.ts"
import { type GitHubSimulator, startGitHubSimulator } from "../simulator/github/GitHubSimulator.ts"
import type { GitHubSimulatorOptions, InstallationOptions } from "../simulator/github/Options.ts"
import { installRunnerStandIn } from "../simulator/runner/RunnerStandIn.ts"
import { scriptedRunner } from "../simulator/runner/ScriptedRunner.ts"
import { type RunnerdProcess, startRunnerd } from "./RunnerdProcess.ts"

export const adminToken = "demo-admin-token"
export const webhookSecret = "demo-webhook-secret"
const apiKey = "e2b_demo_0123456789abcdef"

type Setting = string | number | boolean
export type Settings = Readonly<Record<string, Setting | ReadonlyArray<string | Readonly<Record<string, Setting>>>>>

export interface WorldOptions {
  readonly installations: ReadonlyArray<InstallationOptions>
  /** Template aliases that the E2B simulator knows. */
  readonly templates: ReadonlyArray<string>
  readonly plan?: NonNullable<E2BSimulatorOptions["plan"]>
  readonly githubLimits?: NonNullable<GitHubSimulatorOptions["limits"]>
  readonly githubRates?: NonNullable<GitHubSimulatorOptions["rateLimits"]>
  /** `section.key: value` on top of the defaults below. */
  readonly settings?: Settings
  readonly appId?: number
  /** Any free ones unless given. */
  readonly ports?: { readonly github: number; readonly e2b: number; readonly e2bControl: number }
  /** Plays the runners instead of starting them: steps take their seconds, and their commands are not run. */
  readonly scripted?: boolean
  /** main.js of the build, or main.ts. */
  readonly entry: string
}

export interface SpecInput {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  readonly template_id: string
  readonly max_concurrency?: number
  readonly priority?: number
  readonly runner_group?: string
  readonly default_available?: boolean
}

export interface LocalWorld {
  readonly folder: string
  readonly configFile: string
  readonly e2b: E2BSimulator
  readonly github: GitHubSimulator
  /** Starts runnerd on this world's config and sends it GitHub's webhooks. `signal`: as for `startRunnerd`. */
  readonly startRunnerd: (signal?: AbortSignal) => Promise<RunnerdProcess>
  readonly close: () => Promise<void>
}

/** The config file's text; sections are flat, values are JSON, which is YAML. */
const configText = (sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string =>
  Object.entries(sections)
    .map(
      ([section, values]) =>
        `${section}:\n${Object.entries(values)
          .map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
          .join("")}`
    )
    .join("\n")

const withSettings = (sections: Record<string, Record<string, unknown>>, settings: Settings) => {
  for (const [path, value] of Object.entries(settings)) {
    const [section = "", key = ""] = path.split(".")
    sections[section] = { ...sections[section], [key]: value }
  }
  return sections
}

const startSimulators = async (folder: string, options: WorldOptions) => {
  const github = await startGitHubSimulator({
    app: { id: options.appId ?? 4242, webhookSecret },
    port: options.ports?.github ?? 0,
    installations: options.installations,
    ...(options.githubLimits === undefined ? {} : { limits: options.githubLimits }),
    ...(options.githubRates === undefined ? {} : { rateLimits: options.githubRates })
  })
  const e2b = await startE2BSimulator({
    root: join(folder, "sandboxes"),
    apiKeys: [apiKey],
    port: options.ports?.e2b ?? 0,
    controlPort: options.ports?.e2bControl ?? 0,
    ...(options.scripted === true ? { commands: scriptedRunner(github.machine, realClock) } : {}),
    ...(options.plan === undefined ? {} : { plan: options.plan }),
    templates: options.templates.map((alias) => ({
      aliases: [alias],
      install: (directory) => installRunnerStandIn(join(directory, "opt", "actions-runner")),
      envs: { RUNNER_SOURCE: "${SANDBOX_ROOT}/opt/actions-runner", RUNNER_STANDIN_NODE: process.execPath }
    }))
  }).catch(async (failure: unknown) => {
    await github.close()
    throw failure
  })
  return { github, e2b }
}

/** Rejects, and leaves nothing, when a port is taken. */
export const startLocalWorld = async (options: WorldOptions): Promise<LocalWorld> => {
  const folder = await mkdtemp(join(tmpdir(), "runnerd-world-"))
  const { github, e2b } = await startSimulators(folder, options).catch(async (failure: unknown) => {
    await rm(folder, { recursive: true, force: true })
    throw failure
  })
  const keyFile = join(folder, "app.pem")
  await writeFile(keyFile, github.privateKeyPem, { mode: 0o600 })
  const configFile = join(folder, "runnerd.yaml")
  const sections = withSettings(
    {
      server: { http_addr: "127.0.0.1:0" },
      database: { backend: "sqlite", url: "runnerd.db" },
      admin: { token: adminToken },
      e2b: { api_key: apiKey, api_url: e2b.url, sandbox_url: e2b.url, creates_per_second: "unlimited" },
      github: { webhook_secret: webhookSecret, api_base_url: github.url },
      worker: { retry_base_delay_seconds: 1, runner_idle_timeout_seconds: 10 }
    },
    options.settings ?? {}
  )
  const app = `\n  app:\n    id: ${github.appId}\n    private_key_file: app.pem\n`
  await writeFile(configFile, configText(sections).replace(/(\ngithub:\n(?: {2}.*\n)+)/, `$1${app.slice(1)}`))

  return {
    folder,
    configFile,
    e2b,
    github,
    startRunnerd: async (signal) => {
      const runnerd = await startRunnerd({
        entry: options.entry,
        configFile,
        ...(signal === undefined ? {} : { signal })
      })
      github.setWebhook({ url: `${runnerd.url}/webhooks/github`, secret: webhookSecret })
      return runnerd
    },
    close: async () => {
      await github.close()
      await e2b.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** A call to the management API; throws with status and body unless it succeeds within 30 s. */
export const callApi = async <A>(url: string, method: string, path: string, body?: unknown): Promise<A> => {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(30_000),
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as A
}
