// E2B as the template commands reach it, and what its refusals mean to whoever called them.
//
// Answers for: where key and address come from: the configuration file that is named; else E2B_API_KEY and its kind; else
// runnerd.yaml of the folder one is in. Not for what is asked.
// Gotcha: the SDK obeys more variables of the environment than are wanted here (E2B_DEBUG turns calls into no-ops), so
// main.ts takes these four out and removes the rest before the first call.
import { ApiClient, AuthenticationError, ConnectionConfig, E2B, RateLimitError } from "e2b"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { loadConfig } from "../../src/services/config/Config.ts"
import type { TemplateFolder } from "./TemplateFolder.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

/** What of the environment is obeyed. */
export interface E2bEnvironment {
  readonly apiKey: Redacted.Redacted | undefined
  readonly domain: string | undefined
  readonly apiUrl: string | undefined
  readonly sandboxUrl: string | undefined
}

export const e2bEnvironment = (env: NodeJS.ProcessEnv): E2bEnvironment => {
  const key = env["E2B_API_KEY"]?.trim() ?? ""
  return {
    apiKey: key === "" ? undefined : Redacted.make(key, { label: "E2B_API_KEY" }),
    domain: env["E2B_DOMAIN"],
    apiUrl: env["E2B_API_URL"],
    sandboxUrl: env["E2B_SANDBOX_URL"]
  }
}

export type Variant = "dev" | "prod"

/** The name by which E2B and runner specs know it. */
export const nameAtE2b = (template: TemplateFolder, variant: Variant): string =>
  variant === "prod" ? template.name : `${template.name}-dev`

const defaultFile = "runnerd.yaml"

const noKey =
  "No API key of E2B. Set E2B_API_KEY (https://e2b.dev/dashboard, API keys), or name runnerd's configuration: --config runnerd.yaml"

const fromFile = Effect.fnUntraced(function* (file: string) {
  const { e2b } = yield* Effect.mapError(
    loadConfig(file),
    (error) => new TemplateProblem({ message: `${file}:\n${error.format()}` })
  )
  return { apiKey: e2b.apiKey, domain: e2b.domain, apiUrl: e2b.apiUrl, sandboxUrl: e2b.sandboxUrl }
})

const settingsOf = Effect.fnUntraced(function* (config: Option.Option<string>, environment: E2bEnvironment) {
  const fs = yield* FileSystem.FileSystem
  if (Option.isSome(config)) return yield* fromFile(config.value)
  const { apiKey } = environment
  if (apiKey !== undefined) return { ...environment, apiKey }
  if (yield* fs.exists(defaultFile)) return yield* fromFile(defaultFile)
  return yield* new TemplateProblem({ message: noKey })
})

/** A text that is given, for options that must not be undefined. */
const given = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  value === undefined || value === "" ? {} : ({ [key]: value } as { readonly [P in K]?: string })

const requestTimeoutMs = 60_000

export const connect = Effect.fnUntraced(function* (config: Option.Option<string>, environment: E2bEnvironment) {
  const { apiKey, domain, apiUrl, sandboxUrl } = yield* settingsOf(config, environment)
  const places = { ...given("domain", domain), ...given("apiUrl", apiUrl), ...given("sandboxUrl", sandboxUrl) }
  const connection = { apiKey: Redacted.value(apiKey), ...places, requestTimeoutMs }
  const shown = apiUrl ?? `https://api.${domain ?? "e2b.app"}`

  const keyRefused = (what: string) =>
    new TemplateProblem({
      message: `${what}: E2B at ${shown} does not accept the API key. Check E2B_API_KEY, or e2b.api_key.`
    })

  /** The sentence for a call that failed. `what`: what it was to do, as in "the sandbox cannot be made". */
  const problem = (what: string, error: unknown): TemplateProblem => {
    const told = error instanceof Error ? error : new Error(String(error))
    const cause = told.cause instanceof Error && "code" in told.cause ? String(told.cause.code) : told.message
    if (error instanceof AuthenticationError) return keyRefused(what)
    if (error instanceof RateLimitError) {
      return new TemplateProblem({
        message: `${what}: ${told.message}. Wait, or remove sandboxes or builds that are not needed.`
      })
    }
    if (error instanceof TypeError)
      return new TemplateProblem({ message: `${what}: ${shown} cannot be reached (${cause})` })
    if (told.name === "TimeoutError")
      return new TemplateProblem({ message: `${what}: ${shown} did not answer in time` })
    return new TemplateProblem({ message: `${what}: ${told.message}` })
  }

  const call = <A>(what: string, make: () => Promise<A>) =>
    Effect.tryPromise({ try: make, catch: (error) => problem(what, error) })

  const e2b = new E2B(connection)
  const { api } = new ApiClient(new ConnectionConfig(connection))
  return { e2b, api, call, keyRefused, apiUrl: shown }
})

export type E2bAccess = Effect.Success<ReturnType<typeof connect>>
