// Whether the contract tests run against simulators of their own (always, in `npm test`), or against a service that
// somebody named (`npm run test:live`), and what a test does that needs more than that service has.
//
// Gotcha: the settings come through the environment of the test process; they hold keys, so nothing here prints them.
import { TestRunner } from "vitest"

export type ServiceName = "e2b" | "github"

export const settingsVariable = (service: ServiceName) => `RUNNERD_LIVE_${service.toUpperCase()}`

/** How the named service is reached; undefined when its simulator is meant. */
export const liveSettings = (service: ServiceName): Readonly<Record<string, string>> | undefined => {
  const text = process.env[settingsVariable(service)]
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, string>)
}

/** Skips the running test: what is out there cannot do what it needs. */
export const skipWithout = (ability: string): never => {
  TestRunner.getCurrentTest()?.context.skip(`needs ${ability}`)
  throw new Error(`needs ${ability}`)
}

/** Stands for what only a simulator has: the test that touches it is skipped. */
export const missing = (ability: string): never =>
  new Proxy(() => undefined, {
    get: () => skipWithout(ability),
    apply: () => skipWithout(ability)
  }) as never
