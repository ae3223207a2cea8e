// A world in which something of everything is to be seen: jobs that ended, one that runs, some that wait for a full spec, and
// one that was refused. Shared by the tests of the pages.
import type { Browser } from "playwright-core"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { jobs } from "../support/WorldJobs.ts"
import { launchBrowser, openPage, type OpenPage } from "./Browser.ts"

/** So long that it is still there when the test is over. */
const forever = 3600

export interface LivelyWorld {
  readonly world: World
  readonly runnerd: RunnerdProcess
  readonly browser: Browser
  /** Of jobs, which are the ids of their requests. */
  readonly ids: {
    readonly ended: ReadonlyArray<number>
    readonly running: number
    readonly waiting: ReadonlyArray<number>
    readonly refused: number
  }
  /** A page of the console that is connected. */
  readonly open: (path: string, options?: Parameters<typeof openPage>[1]) => Promise<OpenPage>
  readonly close: () => Promise<void>
}

const one = (ids: ReadonlyArray<number>): number => ids[0] ?? 0

export const openLivelyWorld = async (): Promise<LivelyWorld> => {
  const world = await openWorld({ scripted: true })
  const runnerd = await world.start()
  await world.addSpec(runnerd, { max_concurrency: 1 })
  await world.addSpec(runnerd, { name: "large", labels: ["self-hosted", "large"], max_concurrency: 8 })
  const ended = world.run(jobs(3, 1, ["self-hosted", "large"]))
  await world.allOver(120_000)
  const running = one(world.run(jobs(1, forever)))
  const busy = async () => (await world.requests(runnerd)).some(({ assigned_job_id: id }) => id === running)
  await world.until("a job that runs", 120_000, busy)
  const waiting = world.run(jobs(2, forever), "acme/api")
  const refused = one(world.run(jobs(1, 1, ["self-hosted", "gpu"])))
  const taken = async () => (await world.requests(runnerd)).length === ended.length + 4
  await world.until("all of them known", 120_000, taken)
  const browser = await launchBrowser()
  return {
    world,
    runnerd,
    browser,
    ids: { ended, running, waiting, refused },
    open: async (path, options) => {
      const opened = await openPage(browser, options)
      opened.page.setDefaultTimeout(60_000)
      await opened.page.addInitScript((token) => localStorage.setItem("runnerd-admin-token", token), adminToken)
      await opened.page.goto(`${runnerd.url}/admin${path}`)
      return opened
    },
    close: async () => {
      await browser.close()
      await world.close()
    }
  }
}
