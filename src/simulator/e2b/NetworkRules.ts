// What a sandbox may reach: the forms of it that E2B takes.
//
// Answers for: refusing rules that make no sense (400), and what an update leaves of the rules before. Nothing here
// enforces them. Source: the descriptions in the contract that the `e2b` package exports. Gotchas: an update replaces the
// rules for going out and clears those it leaves out; what is about coming in stays. The wording of refusals is ours.
import { isIP } from "node:net"
import type { components } from "e2b"
import { badRequest } from "./ControlFailure.ts"

type Network = components["schemas"]["SandboxNetworkConfig"]

const everywhere = "0.0.0.0/0"
const mostRuleDomains = 10
const envdPort = 49_983

const isAddressOrBlock = (entry: string): boolean => {
  const [address = "", bits = "0", ...more] = entry.split("/")
  const version = isIP(address)
  return version !== 0 && more.length === 0 && /^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

const isList = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((item) => typeof item === "string")

const listOf = (name: string, value: unknown): ReadonlyArray<string> => {
  if (value === undefined) return []
  if (!isList(value)) throw badRequest(`"${name}" must be a list of texts`)
  return value
}

/** `internet`: what `allow_internet_access` says beside it; false stands for a denial of everything. */
export const checkNetwork = (value: unknown, internet: unknown): void => {
  if (typeof value !== "object" || value === null) throw badRequest('"network" must be an object')
  const network = value as Readonly<Record<string, unknown>>
  const allowed = listOf("allowOut", network["allowOut"])
  const denied = listOf("denyOut", network["denyOut"])
  const domain = denied.find((entry) => !isAddressOrBlock(entry))
  if (domain !== undefined) throw badRequest(`denyOut: '${domain}' is no IP address and no CIDR block`)
  const closed = internet === false || denied.includes(everywhere)
  if (!closed && !allowed.every(isAddressOrBlock)) {
    throw badRequest(`allowOut: domains can only be allowed when denyOut includes ${everywhere}`)
  }
  if (Object.keys(network["rules"] ?? {}).length > mostRuleDomains) {
    throw badRequest(`rules: at most ${mostRuleDomains} domains`)
  }
  if (Array.isArray(network["httpsPorts"]) && network["httpsPorts"].includes(envdPort)) {
    throw badRequest(`httpsPorts: ${envdPort} cannot be listed`)
  }
}

export const updatedNetwork = (
  before: Network | undefined,
  { allowOut, denyOut, egressProxy, rules }: components["schemas"]["SandboxNetworkUpdateConfig"]
): Network => {
  const { allowPublicTraffic, httpsPorts, maskRequestHost } = before ?? {}
  const all = { allowPublicTraffic, httpsPorts, maskRequestHost, allowOut, denyOut, egressProxy, rules }
  return Object.fromEntries(Object.entries(all).filter(([, part]) => part !== undefined))
}
