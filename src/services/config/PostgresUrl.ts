// The address of a PostgreSQL server, as a URL or as `host=… dbname=…`, and what its sslmode asks of TLS.
//
// Answers for: both spellings that PostgreSQL's own tools and Go's drivers take, made one. Not for connecting.
// Gotcha: the address may hold a password, so a failure says what is wrong, never what was read.
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

/** As libpq has it: `encrypt` (require) does not look at the certificate, `verify-ca` not at the name in it. */
export type TlsMode = "off" | "prefer" | "encrypt" | "verify-ca" | "verify-full"

export interface PostgresAddress {
  readonly url: Redacted.Redacted
  readonly tls: TlsMode
  /** `sslrootcert`: the path of a certificate authority's file; undefined: those that Node.js knows. */
  readonly rootCertificate: string | undefined
  /** Host and database, for people. */
  readonly shown: string
}

export const expected = "postgres://USER@HOST:PORT/DATABASE, or host=… user=… dbname=…"

const modes: Record<string, TlsMode> = {
  disable: "off",
  allow: "prefer",
  prefer: "prefer",
  require: "encrypt",
  "verify-ca": "verify-ca",
  "verify-full": "verify-full"
}

const keywordValue = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s'\\]*))\s*/gy

const urlOfKeywords = (text: string): string | undefined => {
  const query = new URLSearchParams()
  keywordValue.lastIndex = 0
  while (keywordValue.lastIndex < text.length) {
    const match = keywordValue.exec(text)
    if (match === null) return undefined
    query.set(match[1]!, match[2]?.replaceAll(/\\(.)/g, "$1") ?? match[3]!)
  }
  return `postgres:///?${query.toString()}`
}

const parse = (text: string): URL | undefined => {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const url = isUrl ? text : urlOfKeywords(text)
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined
}

/** Fails with the end of a sentence that begins with the key's name. */
export const parsePostgres = (text: string): Result.Result<PostgresAddress, string> => {
  const url = parse(text.trim())
  if (url === undefined || !["postgres:", "postgresql:"].includes(url.protocol)) {
    return Result.fail(`is no address of a PostgreSQL server; expected ${expected}`)
  }
  const query = url.searchParams
  const host = query.get("host") ?? url.hostname
  const database = query.get("dbname") ?? decodeURIComponent(url.pathname.slice(1))
  if (host === "") return Result.fail(`names no host; expected ${expected}`)
  if (database === "") return Result.fail(`names no database; expected ${expected}`)
  if ((query.get("user") ?? url.username) === "") return Result.fail(`names no user; expected ${expected}`)
  const mode = modes[query.get("sslmode") ?? "disable"]
  if (mode === undefined) return Result.fail(`has an unknown sslmode; expected one of ${Object.keys(modes).join(", ")}`)
  const port = query.get("port") ?? url.port
  return Result.succeed({
    url: Redacted.make(url.href),
    tls: mode,
    rootCertificate: query.get("sslrootcert") ?? undefined,
    shown: `${database} at ${host}${port === "" ? "" : `:${port}`}`
  })
}
