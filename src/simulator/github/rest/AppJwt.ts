// The App's own JSON web token.
//
// Answers for: checking signature (RS256 with the App's public key), issuer, `iat` and `exp` the way GitHub does: `exp` at
// most 10 minutes ahead, `iat` not in the future (a minute of clock drift is allowed). Messages are GitHub's; Octokit looks
// for two of them to correct its clock.
import { createVerify } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { Refused } from "../machine/Refused.ts"

const driftSeconds = 60
const maxLifetimeSeconds = 600

const undecodable = () => new Refused(401, "A JSON web token could not be decoded")

const part = (text: string | undefined): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text ?? "", "base64url").toString("utf8"))
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>
  } catch {
    // Falls through: whatever is no JSON object is no token.
  }
  throw undecodable()
}

/** Which App the token says it is of, which is still to be proved. 401 for what is no token. */
export const issuerOf = (token: string): string => String(part(token.split(".")[1])["iss"])

/** 401 with GitHub's reason when the token is not one of this App, or its times are wrong. */
export const checkAppJwt = (token: string, key: KeyObject, appId: number, nowMillis: number): void => {
  const [header, payload, signature, ...rest] = token.split(".")
  if (signature === undefined || rest.length > 0 || part(header)["alg"] !== "RS256") throw undecodable()
  const signed = createVerify("RSA-SHA256").update(`${header}.${payload}`)
  if (!signed.verify(key, Buffer.from(signature, "base64url"))) throw undecodable()
  const claims = part(payload)
  const now = nowMillis / 1000
  const { iat, exp, iss } = claims
  if (String(iss) !== String(appId)) throw new Refused(401, "Integration not found")
  if (typeof exp !== "number" || exp <= now) {
    const message =
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
    throw new Refused(401, message)
  }
  if (exp - now > maxLifetimeSeconds + driftSeconds) {
    throw new Refused(401, "'Expiration time' claim ('exp') is too far in the future")
  }
  if (typeof iat !== "number" || iat > now + driftSeconds) {
    const message = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    throw new Refused(401, message)
  }
}
