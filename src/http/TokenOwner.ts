// Whose token a bearer token is.
//
// Gotcha: digests of equal length are compared, and always with all tokens, so neither the content nor the length of a token
// can be timed, nor which one it nearly was.
import * as Redacted from "effect/Redacted"
import { createHash, timingSafeEqual } from "node:crypto"
import { type Actor, admin as adminActor } from "../domain/Actor.ts"
import type { AdminConfig, NamedToken } from "../services/config/RunnerdConfig.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()

/** All tokens of the configuration, `admin.token` first. */
export const allTokens = ({ token, tokens }: AdminConfig): ReadonlyArray<NamedToken> => [
  { ...adminActor, token },
  ...tokens
]

/** Undefined: nobody's. */
export const ownerBy = (tokens: ReadonlyArray<NamedToken>) => {
  const known = tokens.map(({ name, role, token }) => ({
    owner: { name, role },
    digest: digest(Redacted.value(token))
  }))
  return (given: string): Actor | undefined => {
    const sent = digest(given)
    return known.filter(({ digest }) => timingSafeEqual(digest, sent))[0]?.owner
  }
}
