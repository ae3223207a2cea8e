// What runnerd makes of a runner's output, in short words.
import { assert } from "@effect/vitest"
import type { MarkerEvent } from "../../../src/services/sandbox/RunnerMarkers.ts"
import type { RunnerInSandbox } from "./RunnerWorld.ts"

export const told = (events: ReadonlyArray<MarkerEvent>) =>
  events.map((event) => {
    if (event._tag === "RunnerError") return event.kind
    return event._tag === "JobCompleted" ? `${event._tag} ${event.result}` : event._tag
  })

export const listening = ["Connected", "RunnerVersion", "Listening"]
/** From the session to the end of one job. */
export const worked = (result: string) => [...listening, "RunningJob", "JobStarted", `JobCompleted ${result}`]

/** Both ways in which a runner is played; `true`: scripted. */
export const players = [
  ["the stand-in", false],
  ["the scripted runner", true]
] as const

/** The runner ended so, and this is all that runnerd was told. */
export const ended = async (runner: RunnerInSandbox, exitCode: number | null, events: ReadonlyArray<string>) => {
  assert.strictEqual(await runner.exit, exitCode, runner.output())
  assert.deepStrictEqual(told(runner.events()), events, runner.output())
}
