// `runnerd simulate`: a simulated GitHub and a simulated E2B for whoever wants to try policies or write integrations.
//
// Answers for: starting both on loopback with a config file for a runnerd that uses them, telling where they are, playing a
// scenario against that runnerd, and leaving nothing behind. The runnerd itself is started by the user.
// Gotcha: the scenario begins when something answers at the webhook's address, because GitHub sends nothing twice by itself.
import { readFile } from "node:fs/promises"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { loadScenario } from "../simulator/scenario/ReadScenario.ts"
import type { Scenario } from "../simulator/scenario/Scenario.ts"
import { ScenarioPlayer } from "../simulator/scenario/ScenarioPlayer.ts"
import { awaited } from "./Awaited.ts"
import { catalogueOf } from "./Catalogue.ts"
import { jobViews } from "./JobViews.ts"
import { adminToken, type LocalWorld, startLocalWorld, webhookSecret } from "./LocalWorld.ts"
import { type Progress, startProgress } from "./Progress.ts"
import { scenarioFile, timeLimitSeconds, worldOptions } from "./ScenarioWorld.ts"

export interface SimulateOptions {
  /** A name or a path. */
  readonly scenario: string
  readonly ports: { readonly github: number; readonly e2b: number; readonly e2bControl: number }
  readonly webhookUrl: URL
  /** End when the scenario has been played, every job is over, and runnerd has removed what it made for them. */
  readonly once: boolean
  /** How long `once` waits for the user's runnerd to answer. The scenario's own time begins afterwards. */
  readonly waitSeconds: number
}

const lookMillis = 40
const knockMillis = 250

const load = (nameOrPath: string): Effect.Effect<Scenario, unknown> =>
  Effect.tryPromise({ try: () => loadScenario(scenarioFile(nameOrPath)), catch: (failure) => failure })

/** Says what the scenario holds; fails with ScenarioError. */
export const checkScenario = Effect.fnUntraced(function* (nameOrPath: string) {
  const { name, description, timeline } = yield* load(nameOrPath)
  const runs = timeline.filter(({ run }) => run !== undefined).length
  yield* Console.log(
    `${nameOrPath} is valid: ${name}, ${description ?? "no description"}; ${runs} runs, ${timeline.length - runs} other entries`
  )
})

const tellAddresses = async (world: LocalWorld, webhookUrl: URL): Promise<void> => {
  console.log(`GitHub's API:             ${world.github.url}
GitHub's control API:     ${world.github.controlUrl}
E2B's API and sandboxes:  ${world.e2b.url}
E2B's control API:        ${world.e2b.controlUrl}/_control
Webhooks go to:           ${webhookUrl.href}, signed with ${webhookSecret}

A config file for a runnerd that uses them is ${world.configFile}:

${await readFile(world.configFile, "utf8")}
Start one with: runnerd --config ${world.configFile}
Ctrl-C ends the simulators and removes everything, that file and its database included.
`)
}

/** Whether anybody listens there, whatever is answered. */
const answers = (url: string, signal: AbortSignal): Promise<boolean> =>
  fetch(url, { signal }).then(
    () => true,
    () => false
  )

const createCatalogue = async (
  scenario: Scenario,
  url: string,
  progress: Progress,
  signal: AbortSignal
): Promise<void> => {
  for (const { body, name, path } of catalogueOf(scenario)) {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      signal,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      body: JSON.stringify(body)
    })
    const made = response.ok || response.status === 409
    progress.say(made ? `${name} is there` : `${name} was not made: ${await response.text()}`)
  }
}

const start = (scenario: Scenario, { ports, webhookUrl }: SimulateOptions) => {
  const options = worldOptions(scenario)
  const settings = { ...options.settings, "server.http_addr": `127.0.0.1:${webhookUrl.port || "80"}` }
  return Effect.acquireRelease(
    Effect.tryPromise({ try: () => startLocalWorld({ ...options, settings, ports }), catch: (failure) => failure }),
    (world) => Effect.promise(() => world.close())
  )
}

const step = (player: ScenarioPlayer) => Effect.tryPromise({ try: () => player.step(), catch: (failure) => failure })

/** True when nothing more is to come and nothing is left. */
const look = Effect.fnUntraced(function* (world: LocalWorld, player: ScenarioPlayer, progress: Progress) {
  const played = yield* step(player)
  progress.report(jobViews(world, []))
  return played && awaited(world, player).length === 0
})

const verdict = Effect.fnUntraced(function* (world: LocalWorld) {
  const jobs = jobViews(world, [])
  const wrong = jobs.filter(({ conclusion, expected }) => conclusion !== expected)
  for (const { name } of wrong) yield* Console.log(`${name} did not end as its workflow says.`)
  if (wrong.length === 0) yield* Console.log(`All ${jobs.length} jobs ended as their workflows say.`)
  return wrong.length === 0
})

/** Succeeds, when it is to end by itself, with whether every job ended as its workflow says. */
export const simulate = Effect.fnUntraced(function* (options: SimulateOptions) {
  const { once, waitSeconds, webhookUrl } = options
  const scenario = yield* load(options.scenario)
  const world = yield* start(scenario, options)
  yield* Effect.promise(() => tellAddresses(world, webhookUrl))
  const progress = startProgress(world, Date.now())
  const { origin } = webhookUrl
  progress.say(`waiting for a runnerd at ${origin}`)
  const knocking = Effect.promise((signal) => answers(origin, signal)).pipe(
    Effect.repeat({ until: (answered) => answered, schedule: Schedule.spaced(`${knockMillis} millis`) })
  )
  const nobody = new Error(`no runnerd answered at ${origin} within ${waitSeconds} s`)
  yield* once
    ? Effect.timeoutOrElse(knocking, { duration: `${waitSeconds} seconds`, orElse: () => Effect.fail(nobody) })
    : knocking
  yield* Effect.tryPromise((signal) => createCatalogue(scenario, origin, progress, signal))
  world.github.setWebhook({ url: webhookUrl.href, secret: webhookSecret })
  const { e2b, github } = world
  const player = new ScenarioPlayer(scenario, { e2b, github, traffic: !once, now: Date.now, say: progress.say })
  yield* Effect.tryPromise({ try: () => player.prepare(), catch: (failure) => failure })
  progress.say(`playing ${scenario.name}`)
  const playing = Effect.repeat(look(world, player, progress), {
    until: (over) => once && over,
    schedule: Schedule.spaced(`${lookMillis} millis`)
  })
  const seconds = timeLimitSeconds(scenario)
  const limited = Effect.timeoutOrElse(playing, {
    duration: `${seconds} seconds`,
    orElse: () => Effect.fail(new Error([`not finished within ${seconds} s:`, ...awaited(world, player)].join("\n  ")))
  })
  yield* once ? limited : playing
  return yield* verdict(world)
}, Effect.scoped)
