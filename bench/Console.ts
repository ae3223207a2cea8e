// The console in a real browser over a long history: how soon a page stands, how much of it travels, how a long log scrolls.
//
// Answers for: times as the page's own clock has them, from the begin of the navigation to the picture that has the rows,
// with an empty cache and with a full one. Not for the service's part alone (Lists.ts). `BENCH_REQUESTS` makes it smaller.
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Browser, Page } from "playwright-core"
import { launchBrowser } from "../test/console/Browser.ts"
import * as GeneratedHistory from "./GeneratedHistory.ts"
import { finished, onEachDatabase, servedUrl, token } from "./ServedStores.ts"
import { percentile, rounded, table } from "./Statistics.ts"

const rounds = 10
const until = Date.UTC(2026, 10, 1)

const row = "tbody tr"
/** Each page with what stands there when it can be read. */
const pages: ReadonlyArray<readonly [name: string, address: string, stands: string]> = [
  ["overview", "/", "section[aria-label='Requests now'] .tabular-nums"],
  ["requests, newest first", "/requests", row],
  ["requests, page 201", "/requests?page=201", row],
  ["requests that failed, the last to end first", "/requests?status=failed&sort=finished_at", row],
  ["requests of a common repository", "/requests?repository=acme%2Frepository-0", row],
  ["requests that begin with i42", "/requests?q=i42", row],
  ["one request", "/requests/:failed", "ol li"]
]

/** Milliseconds from the begin of the navigation until the next picture after what is waited for is there. */
const standsAt = (stands: string) => `new Promise((resolve) => {
  const look = () => document.querySelector(${JSON.stringify(stands)}) === null
    ? requestAnimationFrame(look)
    : requestAnimationFrame(() => resolve(performance.now()))
  look()
})`

const opened = async (browser: Browser): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US" })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  await page.addInitScript((value) => localStorage.setItem("runnerd-admin-token", value), token)
  return page
}

const times = async (browser: Browser, url: string, stands: string) => {
  const [empty, full]: [Array<number>, Array<number>] = [[], []]
  // The first one warms up: the browser, and the database's pages.
  for (let round = 0; round <= rounds; round += 1) {
    const page = await opened(browser)
    for (const values of [empty, full]) {
      await page.goto(url, { waitUntil: "commit" })
      const millis = await page.evaluate<number>(standsAt(stands))
      if (round > 0) values.push(millis)
      // What it loads beside the list: the stream of changes stays open, so that the network is never idle.
      await page.waitForTimeout(300)
    }
    await page.context().close()
  }
  return { empty, full }
}

/** Of what is fetched for the first picture and shortly after: the scripts' compressed bytes. */
const scriptBytes = async (browser: Browser, url: string, stands: string): Promise<number> => {
  const page = await opened(browser)
  await page.goto(url)
  await page.locator(stands).first().waitFor()
  await page.waitForTimeout(1000)
  const sizes = await page.evaluate<ReadonlyArray<number>>(
    `performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js")).map(({ encodedBodySize }) => encodedBodySize)`
  )
  await page.context().close()
  return sizes.reduce((sum, size) => sum + size, 0)
}

const lineCount = 20_000

const writeLog = Effect.fnUntraced(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const lines = [
    ...Array.from({ length: lineCount - 1 }, (_, index) => `line ${index} ${"of a log ".repeat(1 + (index % 16))}`),
    "x".repeat(1_000_000)
  ]
  for (let first = 0; first < lines.length; first += 500) {
    const text = `${lines.slice(first, first + 500).join("\n")}\n`
    yield* sql`INSERT INTO request_logs ${sql.insert({ requestId: id, stream: "stdout", text, at: until } as never)}`
  }
})

/** Scrolls from the beginning to the end, a screen at each picture; the times between pictures. */
const scrolled = `new Promise((resolve) => {
  const log = document.querySelector("[role=log]")
  log.scrollTop = 0
  const between = []
  let last = performance.now()
  const next = () => requestAnimationFrame((now) => {
    between.push(now - last)
    last = now
    if (log.scrollTop + log.clientHeight >= log.scrollHeight - 1 || between.length >= 600) return resolve(between.slice(1))
    log.scrollTop += log.clientHeight
    next()
  })
  next()
})`

const logFigures = async (browser: Browser, url: string) => {
  const shown: Array<number> = []
  const between: Array<number> = []
  for (let round = 0; round <= 3; round += 1) {
    const page = await opened(browser)
    await page.goto(url, { waitUntil: "commit" })
    const millis = await page.evaluate<number>(standsAt("[role=log] [data-index]"))
    await page.getByRole("checkbox", { name: "Follow" }).click()
    const pictures = await page.evaluate<ReadonlyArray<number>>(scrolled)
    if (round > 0) {
      shown.push(millis)
      between.push(...pictures)
    }
    await page.context().close()
  }
  return { shown, between }
}

const milliseconds = (values: ReadonlyArray<number>) => [0.5, 0.95].map((share) => rounded(percentile(values, share)))

const measure = Effect.gen(function* () {
  yield* GeneratedHistory.make({ finished, active: 5_000, eventsPerRequest: 3, until })
  const url = `${yield* servedUrl}/admin`
  const sql = yield* SqlClient.SqlClient
  const [failed] = yield* sql<{ id: string }>`SELECT id FROM runner_requests WHERE status = 'failed' LIMIT 1`
  const id = failed?.id ?? ""
  yield* writeLog(id)
  yield* Effect.promise(async () => {
    const browser = await launchBrowser()
    const rows: Array<ReadonlyArray<string>> = []
    for (const [name, address, stands] of pages) {
      const place = `${url}${address.replace(":failed", id)}`
      const { empty, full } = await times(browser, place, stands)
      const bytes = await scriptBytes(browser, place, stands)
      rows.push([name, ...milliseconds(empty), ...milliseconds(full), rounded(bytes / 1024)])
    }
    const header = ["page", "empty cache p50 ms", "p95 ms", "full cache p50 ms", "p95 ms", "JavaScript KiB gzip"]
    console.log(table(header, rows))
    const { between, shown } = await logFigures(browser, `${url}/requests/${id}?log=stdout.log`)
    console.log(
      `\nA log of ${rounded(lineCount)} lines, the last of a megabyte: shown after ${milliseconds(shown).join(" and ")} ms (p50, p95); scrolled a screen at a time, ${rounded(between.length)} pictures, ${milliseconds(between).join(" and ")} ms between them (p50, p95), at most ${rounded(Math.max(...between))} ms.`
    )
    await browser.close()
  })
})

export const consoleInBrowser = (): Promise<void> => onEachDatabase(measure)
