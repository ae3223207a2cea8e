// A simulated GitHub with two installations, and the unmodified Octokit clients that talk to it.
//
// Gotchas: every answer is judged by GitHub's own description, and a test whose answers are not as described fails.
// Octokit shares token exchanges of one process by installation id alone, so each fixture has its own two ids.
import { createSign } from "node:crypto"
import { App } from "@octokit/app"
import { Octokit } from "@octokit/core"
import type { GitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { assert } from "@effect/vitest"
import { afterEach } from "vitest"
import type { GitHubSimulatorOptions } from "../../../src/simulator/github/Options.ts"
import type { ManualClock } from "../../simulator/github/ManualMachine.ts"
import { judgingFetch } from "./Description.ts"

export const webhookSecret = "webhook-secret"
export const pat = "ghp_fixture"
export const onlyAcmePat = "ghp_only_acme"

let installations = process.pid * 1000

const wrong: Array<string> = []
afterEach(() => assert.deepStrictEqual(wrong.splice(0), [], "answers against GitHub's description"))

/** For every client of a test. */
const request = (simulator: GitHubSimulator) => ({
  fetch: judgingFetch(simulator.url, (fault) => wrong.push(fault))
})

export interface Fixture {
  readonly simulator: GitHubSimulator
  readonly app: App
  readonly acme: number
  readonly dana: number
}

/** acme (organisation: one, two, group gpu for one) and dana (user: tools). */
export const startFixture = async (options: Partial<GitHubSimulatorOptions> = {}): Promise<Fixture> => {
  const acme = ++installations
  const dana = ++installations
  const simulator = await startGitHubSimulator({
    app: { id: 4711, webhookSecret },
    installations: [
      {
        id: acme,
        owner: "acme",
        ownerType: "Organization",
        repositories: ["one", "two"],
        runnerGroups: [{ name: "gpu", repositories: ["one"] }, { name: "everyone" }]
      },
      { id: dana, owner: "dana", ownerType: "User", repositories: ["tools"] }
    ],
    pats: [
      { token: pat, login: "robot" },
      { token: onlyAcmePat, login: "guest", owners: ["acme"] }
    ],
    basicAuth: { username: "basic", password: "secret" },
    ...options
  })
  const app = new App({
    appId: simulator.appId,
    privateKey: simulator.privateKeyPem,
    Octokit: Octokit.defaults({ baseUrl: simulator.url, request: request(simulator) })
  })
  return { simulator, app, acme, dana }
}

export const withToken = (simulator: GitHubSimulator, token: string): Octokit =>
  new Octokit({ baseUrl: simulator.url, auth: token, request: request(simulator) })

/** Nobody in particular; a request may bring its own credentials. */
export const withoutToken = (simulator: GitHubSimulator): Octokit =>
  new Octokit({ baseUrl: simulator.url, request: request(simulator) })

export interface HttpFailure {
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/** What Octokit throws for a refused call, as plain data. Fails when the call succeeds. */
export const failureOf = async (call: Promise<unknown>): Promise<HttpFailure> => {
  try {
    await call
  } catch (error) {
    const { status, message, response } = error as {
      readonly status: number
      readonly message: string
      readonly response?: { readonly headers: Record<string, string>; readonly data: Record<string, unknown> }
    }
    return { status, message, headers: response?.headers ?? {}, body: response?.data ?? {} }
  }
  throw new Error("the call was not refused")
}

/** Resolves once it holds; looked at after every turn of the event loop. */
export const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

/** Resolves when the call waits for its time, which must be one that nothing else waits for; rejects when it is over at once. */
export const keptBack = async (clock: ManualClock, call: Promise<unknown>, millis: number): Promise<void> => {
  let over = false
  const settle = () => {
    over = true
  }
  call.then(settle, settle)
  await eventually(() => over || clock.isAwaited(clock.now() + millis))
  if (over) throw new Error("the call was not kept back")
}

/** An App's JWT with any claims. */
export const jwt = (privateKey: string, claims: object): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`
}
