// Where runnerd listens, from where web pages may call it, and where E2B and GitHub are.
//
// Answers for: which addresses are acceptable, and what follows from them. Not for connecting.
// Sources: the E2B SDK sends envd calls to `sandboxUrl` when set, else derives the host from the domain; GitHub
// Enterprise Server is not supported, and a loopback address is how a simulator is reached.
// Gotcha: the URL is returned as `URL` understood it, so that what was checked is what is called (`127.1` is 127.0.0.1).
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { show } from "./ConfigReport.ts"
import type { ConfigReport } from "./ConfigReport.ts"

interface ListenAddress {
  readonly host: string | undefined
  readonly port: number
}

/** `:PORT`, `HOST:PORT` or `[IPV6]:PORT`. */
export const parseListenAddress = (
  path: string,
  value: string | undefined,
  report: ConfigReport
): ListenAddress | undefined => {
  if (value === undefined) return undefined
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/.exec(value.trim())
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    report.add(path, `${show(value)} is not accepted; expected ":PORT", "HOST:PORT" or "[IPV6]:PORT", as ":25500"`)
    return undefined
  }
  return { host: match[1] ?? (match[2] === "" ? undefined : match[2]), port }
}

const decodeUrl = Schema.decodeUnknownOption(Schema.URLFromString)

/** A base URL to append paths to; `undefined` when that is not possible, which has been reported then. */
export const parseBaseUrl = (path: string, value: string | undefined, report: ConfigReport): URL | undefined => {
  if (value === undefined) return undefined
  const url = Option.getOrUndefined(decodeUrl(value.trim()))
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const found = value.includes("@") ? "this value" : show(value)
    report.add(path, `${found} is not accepted; expected an http or https URL`)
    return undefined
  }
  if (url.username !== "" || url.password !== "") {
    report.add(path, "holds a user name or password; expected a URL without them")
    return undefined
  }
  if (url.search !== "" || url.hash !== "") {
    report.add(path, "has a query or a fragment; expected a URL that paths can be appended to")
    return undefined
  }
  return url
}

export const withoutTrailingSlash = (url: URL): string => url.href.replace(/\/+$/, "")

const isLoopback = (url: URL): boolean =>
  url.hostname === "localhost" || url.hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)

/** GitHub.com, or a loopback http URL for simulators. */
export const parseGitHubUrl = (value: string | undefined, report: ConfigReport): string | undefined => {
  const path = "github.api_base_url"
  const url = parseBaseUrl(path, value, report)
  if (url === undefined) return undefined
  const base = withoutTrailingSlash(url)
  if (base === "https://api.github.com" || (url.protocol === "http:" && isLoopback(url))) return base
  report.add(
    path,
    `${show(value)} is not GitHub.com, and GitHub Enterprise Server is not supported; ` +
      "expected https://api.github.com, or an http URL on this machine's loopback for a simulator"
  )
  return undefined
}

/** Scheme, host and port, as a browser puts them into the header Origin; undefined when one is not that. */
export const parseOrigins = (
  path: string,
  entries: ReadonlyArray<string> | undefined,
  report: ConfigReport
): ReadonlyArray<string> | undefined => {
  const origins = (entries ?? []).flatMap((entry, index) => {
    const url = parseBaseUrl(`${path}[${index}]`, entry, report)
    if (url === undefined) return []
    if (url.pathname === "/") return [url.origin]
    report.add(`${path}[${index}]`, `${show(entry)} has a path; expected scheme, host and port alone`)
    return []
  })
  return origins.length === entries?.length ? origins : undefined
}

interface E2bEndpoints {
  readonly apiUrl: string
  readonly sandboxUrl: string | undefined
  readonly domain: string | undefined
}

/** `https://api.<domain>` with nothing more: then, and only then, the sandboxes' hosts follow from the domain. */
const domainOf = (url: URL): string | undefined =>
  url.protocol === "https:" && url.port === "" && url.pathname === "/" && /^api\.[^.]/.test(url.hostname)
    ? url.hostname.slice("api.".length)
    : undefined

/** The control API and where envd is; without a domain, envd is expected behind the control API's own origin. */
export const parseE2bUrls = (
  apiUrl: string | undefined,
  sandboxUrl: string | undefined,
  report: ConfigReport
): E2bEndpoints | undefined => {
  const api = parseBaseUrl("e2b.api_url", apiUrl, report)
  const sandbox = parseBaseUrl("e2b.sandbox_url", sandboxUrl, report)
  if (api === undefined) return undefined
  const domain = domainOf(api)
  const given = sandbox === undefined ? undefined : withoutTrailingSlash(sandbox)
  return {
    apiUrl: withoutTrailingSlash(api),
    sandboxUrl: given ?? (domain === undefined ? api.origin : undefined),
    domain
  }
}
