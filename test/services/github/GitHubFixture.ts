// The GitHub service against a stub that knows installations and tokens.
//
// Gotcha: Octokit shares token exchanges through a map of the whole process, keyed by installation id, so
// each fixture takes ids of its own.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { generateKeyPairSync } from "node:crypto"
import { GitHub } from "../../../src/services/github/GitHub.ts"
import type { GitHubAuth, GitHubCall } from "../../../src/services/github/GitHubTypes.ts"
import { json, type StubHandler, stubServer } from "../sandbox/StubServer.ts"

const privateKey = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" }
}).privateKey

let lastId = 1_000
/** A number that no other fixture has. */
export const freshId = (): number => ++lastId

export const pat = "ghp_personal-token-1"

export const tokenAuth: GitHubAuth = { _tag: "Token", token: Redacted.make(pat) }

export const appAuth = (installationId?: number): GitHubAuth => ({
  _tag: "App",
  appId: freshId(),
  privateKey: Redacted.make(privateKey),
  installationId
})

/** The service as built for this address, and the calls it reported. */
export const gitHubAt = Effect.fnUntraced(function* (baseUrl: string, auth: GitHubAuth) {
  const calls: Array<GitHubCall> = []
  const github = yield* Effect.provide(
    GitHub,
    GitHub.layer({
      baseUrl,
      auth,
      callTimeout: Duration.seconds(20),
      observe: (call) => Effect.sync(() => void calls.push(call))
    })
  )
  return { github, calls }
})

/** A stub that answers so, and the service that talks to it with a personal token. */
export const withStub = Effect.fnUntraced(function* (handler: StubHandler, auth: GitHubAuth = tokenAuth) {
  const server = yield* stubServer(handler)
  return { server, ...(yield* gitHubAt(server.url, auth)) }
})

/** Repositories' installations; a token tells which installation it belongs to and how often it was made. */
export const makeApp = (installations: Map<string, number>) => {
  const made = new Map<number, number>()
  const tokenOf = (installation: number) => `ghs_${installation}_${made.get(installation) ?? 0}`
  /** Answers the App's own routes; false: not one of them. */
  const handle: (...args: Parameters<StubHandler>) => boolean = (request, response) => {
    const lookUp = /^\/repos\/([^/]+\/[^/]+)\/installation$/.exec(request.path)
    if (lookUp?.[1] !== undefined) {
      const id = installations.get(lookUp[1].toLowerCase())
      if (id === undefined) json(response, 404, { message: "Not Found" })
      else json(response, 200, { id })
      return true
    }
    const exchange = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(request.path)
    if (exchange?.[1] !== undefined) {
      const id = Number(exchange[1])
      if (![...installations.values()].includes(id)) json(response, 404, { message: "Not Found" })
      else {
        made.set(id, (made.get(id) ?? 0) + 1)
        json(response, 201, {
          token: tokenOf(id),
          // Old enough that Octokit does not wait for it to spread before it believes a 401.
          expires_at: new Date(Date.now() + 3_590_000).toISOString(),
          permissions: {}
        })
      }
      return true
    }
    return false
  }
  return { handle, tokenOf }
}

export const job = (id: number, more: Record<string, unknown> = {}) => ({
  id,
  run_id: 5,
  run_attempt: 1,
  name: `job ${id}`,
  status: "queued",
  conclusion: null,
  labels: ["self-hosted", "e2b"],
  runner_id: 0,
  runner_name: "",
  started_at: "2026-11-23T21:00:00Z",
  completed_at: null,
  ...more
})
