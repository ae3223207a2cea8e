// runnerd's build as it is, with InsideRunnerd.ts loaded before it: what only the process itself can tell.
//
// Answers for: starting it on a world's config, telling GitHub where it is, and asking it.
import { setTimeout as sleep } from "node:timers/promises"
import { type LocalWorld, webhookSecret } from "../src/demo/LocalWorld.ts"
import { type RunnerdProcess, startRunnerd } from "../src/demo/RunnerdProcess.ts"
import { runnerdEntry } from "./Targets.ts"

export interface InsideFigures {
  /** SQL statements since it was started, BEGIN and COMMIT included. */
  readonly statements: number
  /** Milliseconds that the event loop was late since it was asked last. */
  readonly delayP50: number
  readonly delayP99: number
  readonly delayMax: number
}

const inside = new URL("./InsideRunnerd.ts", import.meta.url).href

export const startWatched = async (world: LocalWorld, options = ""): Promise<RunnerdProcess> => {
  const runnerd = await startRunnerd({
    entry: runnerdEntry,
    configFile: world.configFile,
    env: { ...process.env, NODE_OPTIONS: `--import=${inside} ${options}` }
  })
  world.github.setWebhook({ url: `${runnerd.url}/webhooks/github`, secret: webhookSecret })
  return runnerd
}

const answers = (runnerd: RunnerdProcess) =>
  runnerd.log.flatMap((line) => (line.startsWith("inside ") ? [line.slice("inside ".length)] : []))

export const figuresOf = async (runnerd: RunnerdProcess): Promise<InsideFigures> => {
  const before = answers(runnerd).length
  runnerd.process.kill("SIGUSR2")
  for (;;) {
    const answer = answers(runnerd)[before]
    if (answer !== undefined) return JSON.parse(answer) as InsideFigures
    await sleep(5)
  }
}
