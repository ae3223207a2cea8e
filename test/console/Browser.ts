// A real Chromium for the console's tests: the one in @sparticuz/chromium on Linux, an installed Chrome elsewhere.
//
// Answers for: starting it, and failing a test on whatever the page itself complains about (errors, what its content
// security policy forbids).
import chromium from "@sparticuz/chromium"
import { type Browser, chromium as playwright, type Page } from "playwright-core"

// With one process for everything the whole browser ends with its first closed page, and without web security the pages
// would be let do what they must not need. Drawing as if on a graphics card, by processor alone, takes a third of a page's time.
const unwanted = new Set([
  "--single-process",
  "--no-zygote",
  "--disable-web-security",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist"
])
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

const wanted = chromium.args.filter((arg) => !unwanted.has(arg))

export const launchBrowser = async (): Promise<Browser> =>
  process.platform === "linux"
    ? playwright.launch({ executablePath: await chromium.executablePath(), args: [...wanted, ...args] })
    : playwright.launch({ channel: "chrome", args })

export interface OpenPage {
  readonly page: Page
  /** What the page has complained about so far. */
  readonly complaints: ReadonlyArray<string>
}

export const openPage = async (
  browser: Browser,
  options: NonNullable<Parameters<Browser["newContext"]>[0]> = {}
): Promise<OpenPage> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", ...options })
  const page = await context.newPage()
  const complaints: Array<string> = []
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message))
  // A refused call is written to the console by the browser itself.
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text())
  })
  return { page, complaints }
}
