// Text from the outside, made fit to be stored and shown.
//
// Answers for: no secret that we know, nothing that has the form of a token and no endless body in an error's detail. Gotcha: a
// secret shorter than 4 characters is left alone, because removing it would destroy ordinary text.
import * as Redacted from "effect/Redacted"
import { anyToken } from "./TokenForms.ts"

const maximumLength = 500
const shortestSecret = 4

const tokens = new RegExp(anyToken, "g")

/** `text` on one line without the given secrets and without tokens, cut to 500 characters. */
export const errorDetail = (text: string, secrets: ReadonlyArray<Redacted.Redacted | undefined>): string => {
  let clean = text
  for (const secret of secrets) {
    if (secret === undefined) continue
    const value = Redacted.value(secret)
    if (value.length >= shortestSecret) clean = clean.replaceAll(value, "<redacted>")
  }
  clean = clean.replace(tokens, "<redacted>")
  const line = clean.replace(/\s+/g, " ").trim()
  return line.length <= maximumLength ? line : `${line.slice(0, maximumLength - 1)}…`
}
