// `npm run screenshots [-- FOLDER]`: pictures of every page of the console, in both themes, wide and narrow, to be looked at.
// With `--readme` only those of the README, into docs/images.
//
// Answers for: the pictures. Nothing here passes or fails. The pages of the navigation are found there, so that a new one
// needs no line here.
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Browser, Page } from "playwright-core"
import { adminToken } from "../src/demo/LocalWorld.ts"
import { launchBrowser, openPage } from "../test/console/Browser.ts"
import { openPictureWorld, type PictureWorld } from "./PictureWorld.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { readme: { type: "boolean", default: false } }
})
const [folder = "screenshots"] = positionals

const themes = ["light", "dark"] as const
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const

interface Shown {
  readonly colorScheme: (typeof themes)[number]
  readonly viewport: { readonly width: number; readonly height: number }
  readonly deviceScaleFactor?: number
}

const open = async (browser: Browser, { runnerd }: PictureWorld, address: string, shown: Shown): Promise<Page> => {
  const { page } = await openPage(browser, { ...shown, reducedMotion: "reduce" })
  page.setDefaultTimeout(120_000)
  await page.addInitScript((token) => localStorage.setItem("runnerd-admin-token", token), adminToken)
  await page.goto(`${runnerd.url}/admin${address}`)
  await settled(page)
  return page
}

// Evaluated by the browser itself: what the page evaluates its content security policy forbids.
const still = `new Promise((resolve) => {
  const look = () =>
    document.querySelector("[data-slot=skeleton], [role=status][aria-label=Loading]") === null &&
    document.getAnimations().every(({ effect }) => effect?.getComputedTiming().progress === null || effect.getTiming().iterations === Infinity)
      ? requestAnimationFrame(resolve)
      : requestAnimationFrame(look)
  look()
}).then(() => undefined)`

/** Nothing loads any more. */
const settled = async (page: Page): Promise<void> => {
  await page.locator("h1").first().waitFor()
  await page.evaluate(still)
}

const navigated = async (browser: Browser, world: PictureWorld): Promise<ReadonlyArray<string>> => {
  const page = await open(browser, world, "/", { colorScheme: "light", viewport: sizes.wide })
  const links = await page.getByRole("navigation").first().getByRole("link").all()
  const addresses = await Promise.all(links.map((link) => link.getAttribute("href")))
  await page.context().close()
  return addresses.flatMap((address) => (address === null ? [] : [address.replace(/^\/admin/, "")]))
}

const nameOf = (address: string): string =>
  address
    .replace(/^\//, "")
    .replaceAll(/[^a-z0-9]+/gi, "-")
    .replaceAll(/^-|-$/g, "") || "overview"

/** Pages that are no link of the navigation, and what is opened over one. */
const further = ({ ids }: PictureWorld) => [
  `/requests/${ids.running}?log=stdout.log`,
  `/requests/${ids.waiting}`,
  `/requests/${ids.refused}`,
  `/requests/${ids.ended}?log=stdout.log`,
  "/requests?status=waiting",
  "/requests?repository=nobody%2Fnothing",
  "/match?repository=acme%2Fmobile&labels=self-hosted%2Ce2b%2Cgpu",
  "/match?repository=mona%2Frecipes&labels=self-hosted%2Ce2b%2Cgpu",
  "/match/change?kind=spec_gone&spec=large",
  "/specs/large",
  "/new/spec",
  "/groups/heavy",
  "/policies/1",
  "/new/policy?group=heavy",
  "/deliveries/3",
  "/nowhere"
]

const press = (key: string) => (page: Page) => page.keyboard.press(key)
/** Chosen in the palette, which is there at any width. */
const choose = (words: string) => async (page: Page) => {
  await page.keyboard.press("Control+k")
  await page.getByRole("option", { name: words }).click()
}
const click = (name: RegExp) => (page: Page) => page.getByRole("button", { name }).first().click()

/** What stands over a page, or is opened within one. */
const covered: ReadonlyArray<readonly [string, string, (page: Page) => Promise<unknown>, string]> = [
  ["palette", "/requests", press("Control+k"), "[role=dialog]"],
  ["keys", "/requests", press("?"), "[role=dialog]"],
  ["token", "/requests", choose("Clear token"), "[role=alertdialog]"],
  ["deletion", "/specs/large", click(/^Delete/), "[role=alertdialog]"],
  ["dry-run", "/specs/large", click(/^Try on/), "[role=dialog]"],
  ["change", "/audit?action=runner_spec.update", click(/^Show event/), "td[colspan]"]
]

const all = async (browser: Browser, world: PictureWorld): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const address of [...(await navigated(browser, world)), ...further(world)]) {
    for (const colorScheme of themes) {
      for (const [size, viewport] of Object.entries(sizes)) {
        const page = await open(browser, world, address, { colorScheme, viewport })
        await page.screenshot({ path: join(folder, `${nameOf(address)}-${size}-${colorScheme}.png`), fullPage: true })
        await page.context().close()
      }
    }
  }
  for (const [name, address, act, stands] of covered) {
    for (const [size, viewport] of Object.entries(sizes)) {
      const page = await open(browser, world, address, { colorScheme: "dark", viewport })
      await act(page)
      await page.locator(stands).waitFor()
      await page.locator(`${stands} [role=status][aria-label=Loading]`).first().waitFor({ state: "detached" })
      await page.screenshot({ path: join(folder, `${name}-${size}.png`) })
      await page.context().close()
    }
  }
  console.log(`The pictures are in ${folder}.`)
}

/** As WebP, which the browser makes: a tenth of PNG's size at twice the density. */
const webp = async (page: Page): Promise<Buffer> => {
  const png = (await page.screenshot()).toString("base64")
  const canvas = await page.context().newPage()
  const made = await canvas.evaluate<string>(`(async () => {
    const picture = new Image()
    picture.src = "data:image/png;base64,${png}"
    await picture.decode()
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height })
    canvas.getContext("2d").drawImage(picture, 0, 0)
    return canvas.toDataURL("image/webp", 0.9)
  })()`)
  return Buffer.from(made.replace(/^.*,/, ""), "base64")
}

const readme = async (browser: Browser, world: PictureWorld): Promise<void> => {
  const pictures = join(import.meta.dirname, "../docs/images")
  await mkdir(pictures, { recursive: true })
  for (const [name, address] of [
    ["overview", "/"],
    ["request", `/requests/${world.ids.running}?log=stdout.log`]
  ] as const) {
    for (const colorScheme of themes) {
      const viewport = { width: 1360, height: 1000 }
      const page = await open(browser, world, address, { colorScheme, viewport, deviceScaleFactor: 1.5 })
      const picture = await webp(page)
      await writeFile(join(pictures, `${name}-${colorScheme}.webp`), picture)
      console.log(`docs/images/${name}-${colorScheme}.webp: ${Math.round(picture.length / 1024)} KiB`)
      await page.context().close()
    }
  }
}

const world = await openPictureWorld()
const browser = await launchBrowser()
try {
  await (values.readme ? readme : all)(browser, world)
} finally {
  await browser.close()
  await world.close()
}
