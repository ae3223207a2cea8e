// What is measured, as processes: runnerd's build on a config of its own, and the floor.
//
// Answers for: starting them in a temporary folder, and leaving nothing behind.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { callApi, type LocalWorld, startLocalWorld, webhookSecret, type WorldOptions } from "../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../src/demo/RunnerdProcess.ts"
import type { DeliveryOptions } from "./Deliveries.ts"

export const runnerdEntry = fileURLToPath(new URL("../dist/main.js", import.meta.url))
const floorEntry = fileURLToPath(new URL("./Floor.ts", import.meta.url))

export const benchTemplate = "bench"
export const benchLabels = ["self-hosted", "bench"]
/** GitHub counts each account for itself. */
const installationOf = (account: number) => ({
  id: 5150 + account,
  owner: account === 0 ? "bench" : `bench-${account}`,
  repositories: Array.from({ length: 20 }, (_, n) => `repository-${n}`)
})

/** Where the deliveries of a benchmark come from; jobs count up from `firstJobId`. */
export const deliveriesFrom = (
  firstJobId: number,
  labels: ReadonlyArray<string>,
  account: number = 0
): DeliveryOptions => {
  const { id, owner, repositories } = installationOf(account)
  return {
    secret: webhookSecret,
    labels,
    repositories: repositories.map((name) => `${owner}/${name}`),
    installationId: id,
    firstJobId
  }
}

export const openWorld = (settings: NonNullable<WorldOptions["settings"]>, accounts: number = 1): Promise<LocalWorld> =>
  startLocalWorld({
    entry: runnerdEntry,
    installations: Array.from({ length: accounts }, (_, account) => ({
      ...installationOf(account),
      ownerType: "Organization"
    })),
    templates: [benchTemplate],
    settings
  })

/** A spec without a cap, for `benchLabels`, available to every repository. */
export const addBenchSpec = (runnerd: RunnerdProcess): Promise<unknown> =>
  callApi(runnerd.url, "POST", "/runner_specs", {
    name: "bench",
    labels: benchLabels,
    template_id: benchTemplate,
    default_available: true,
    max_concurrency: 0
  })

export interface Target {
  readonly url: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

export const startFloor = async (): Promise<Target> => {
  const folder = await mkdtemp(join(tmpdir(), "runnerd-floor-"))
  const child = spawn(process.execPath, [floorEntry, join(folder, "floor.db"), webhookSecret], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string]
  return {
    url: `http://127.0.0.1:${line.replace("listening ", "")}`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGTERM")
      await once(child, "exit")
      await rm(folder, { recursive: true, force: true })
    }
  }
}
