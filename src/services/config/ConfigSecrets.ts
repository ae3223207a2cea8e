// Every secret of a configuration.
//
// Answers for: finding them by what they are, so that a new key needs no row in a list; and for the password inside of an
// address, which nothing but the address holds.
import * as Redacted from "effect/Redacted"
import type { RunnerdConfig } from "./RunnerdConfig.ts"

const within = (value: unknown): ReadonlyArray<unknown> =>
  Redacted.isRedacted(value)
    ? [Redacted.value(value)]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(within)
      : []

const passwordsOf = (address: string): ReadonlyArray<string> => {
  const url = URL.parse(address)
  if (url === null) return []
  return [url.password, decodeURIComponent(url.password), url.searchParams.get("password") ?? ""]
}

/** As texts: take them nowhere but to where they are looked for. */
export const configSecrets = (config: RunnerdConfig): ReadonlyArray<string> => {
  const secrets = within(config).filter((secret) => typeof secret === "string")
  return [...new Set(secrets.flatMap((secret) => [secret, ...passwordsOf(secret)]))].filter((secret) => secret !== "")
}
