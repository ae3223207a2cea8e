// Listing sandboxes: filter, order, pages.
//
// Answers for: the query of `GET /v2/sandboxes` and `GET /sandboxes`, and its pages. Pure.
// Gotcha: the metadata filter arrives encoded three times by the client; the URL's own decoding is the first, the two
// others happen here. Filters AND. A listing without `state` shows paused sandboxes too.
import { badRequest } from "./ControlFailure.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"

export interface SandboxPage {
  readonly sandboxes: ReadonlyArray<SandboxRecord>
  readonly nextToken: string | undefined
  /** Running sandboxes that the filter matches, on all pages. */
  readonly totalRunning: number
}

const largestPage = 100

const metadataFilter = (text: string | null): ReadonlyArray<readonly [string, string]> => {
  if (text === null || text === "") return []
  try {
    return [...new URLSearchParams(text)].map(([key, value]) => [decodeURIComponent(key), decodeURIComponent(value)])
  } catch {
    throw badRequest("Error when parsing metadata query")
  }
}

const pageSize = (text: string | null): number => {
  if (text === null) return largestPage
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) {
    throw badRequest(`limit must be between 1 and ${largestPage}`)
  }
  return limit
}

const cursorOf = (record: SandboxRecord) =>
  Buffer.from(`${new Date(record.startedAt).toISOString()}__${record.sandboxID}`).toString("base64url")

const parseCursor = (token: string): { startedAt: number; sandboxID: string } => {
  const [instant = "", sandboxID] = Buffer.from(token, "base64url").toString().split("__")
  const startedAt = Date.parse(instant)
  if (sandboxID === undefined || Number.isNaN(startedAt)) throw badRequest("invalid cursor")
  return { startedAt, sandboxID }
}

/** Negative when `left` comes first: newest first, then by id. */
const byNewest = (
  left: { startedAt: number; sandboxID: string },
  right: { startedAt: number; sandboxID: string }
): number => right.startedAt - left.startedAt || (left.sandboxID < right.sandboxID ? -1 : 1)

export const matchingSandboxes = (sandboxes: Iterable<SandboxRecord>, query: URLSearchParams): Array<SandboxRecord> => {
  const filters = metadataFilter(query.get("metadata"))
  const states = query.getAll("state").flatMap((state) => state.split(","))
  if (states.some((state) => state !== "running" && state !== "paused")) throw badRequest("state: running or paused")
  const template = query.get("template")
  const startedAfter = query.get("startedAfter")
  if (startedAfter !== null && Number.isNaN(Date.parse(startedAfter))) throw badRequest("startedAfter: no instant")
  return [...sandboxes].filter(
    (record) =>
      filters.every(([key, value]) => record.metadata[key] === value) &&
      (states.length === 0 || states.includes(record.state)) &&
      (template === null || record.template.templateID === template || record.template.aliases.includes(template)) &&
      (startedAfter === null || record.startedAt >= Date.parse(startedAfter))
  )
}

export const sandboxPage = (sandboxes: Iterable<SandboxRecord>, query: URLSearchParams): SandboxPage => {
  const matching = matchingSandboxes(sandboxes, query)
  const size = pageSize(query.get("limit"))
  const order = query.get("order") ?? "desc"
  if (order !== "asc" && order !== "desc") throw badRequest("order: asc or desc")
  const direction = order === "asc" ? -1 : 1
  matching.sort((left, right) => direction * byNewest(left, right))
  const token = query.get("nextToken")
  const cursor = token === null || token === "" ? undefined : parseCursor(token)
  const rest =
    cursor === undefined
      ? matching
      : matching.filter((record) => record.sandboxID !== cursor.sandboxID && direction * byNewest(record, cursor) > 0)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  return {
    sandboxes: page,
    nextToken: last !== undefined && rest.length > page.length ? cursorOf(last) : undefined,
    totalRunning: matching.filter((record) => record.state === "running").length
  }
}
