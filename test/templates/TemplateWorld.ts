// The template commands as somebody calls them, against a simulated E2B, with everything locked.
//
// Answers for: what is printed, the exit code, and what the simulator is told beforehand. Closed with the scope.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as TestConsole from "effect/testing/TestConsole"
import { e2bEnvironment } from "../../scripts/template/E2bAccess.ts"
import { run } from "../../scripts/template/main.ts"
import { startE2BSimulator } from "../../src/simulator/e2b/E2BSimulator.ts"
import type { E2BSimulatorOptions } from "../../src/simulator/e2b/E2BSimulator.ts"
import { startMakers } from "./Makers.ts"
import { templates, testing } from "./TemplateFixture.ts"

export const apiKey = "e2b_0123456789abcdef"

/** The console that notes, and what the commands need of the platform. */
export const services = Effect.provide(Layer.mergeAll(NodeServices.layer, TestConsole.layer, FetchHttpClient.layer))

/** What a command printed, and its exit code. */
export const called = Effect.fnUntraced(function* <E, R>(command: Effect.Effect<number, E, R>) {
  const before = (yield* TestConsole.logLines).length
  const told = (yield* TestConsole.errorLines).length
  const code = yield* command
  const out = (yield* TestConsole.logLines).slice(before).join("\n")
  const err = (yield* TestConsole.errorLines).slice(told).join("\n")
  return { code, out, err }
})

export const simulatedE2B = (options: Partial<E2BSimulatorOptions> = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => startE2BSimulator({ apiKeys: [apiKey], ...options })),
    (simulator) => Effect.promise(() => simulator.close())
  )

/** A template that is locked, and a simulated E2B whose builds take no time. */
export const templateWorld = Effect.fnUntraced(function* (template: unknown = testing) {
  const root = yield* templates(template)
  const makers = yield* startMakers()
  yield* called(Effect.provide(run(["lock"], root, e2bEnvironment({})), makers.client))
  const simulator = yield* simulatedE2B()
  simulator.builds.plan = { stepMs: 1 }
  const env = { E2B_API_KEY: apiKey, E2B_API_URL: simulator.url, E2B_SANDBOX_URL: simulator.url }
  const fs = yield* FileSystem.FileSystem
  return {
    root,
    simulator,
    env,
    change: (file: string, text: string) => fs.writeFileString(`${root}/${file}`, text),
    /** `env`: what E2B is to be reached by instead. */
    template: (args: ReadonlyArray<string>, environment: NodeJS.ProcessEnv = env) =>
      called(run(args, root, e2bEnvironment(environment)))
  }
})
