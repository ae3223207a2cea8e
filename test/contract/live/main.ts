// Points the contract tests at a real service, by hand.
//
//   npm run test:live -- <service> [--credentials file.json] [--yes] [test files…]
//
// Answers for: reading the settings, saying what it would cost (the same tests against a simulator tell), asking, and
// removing what was left, whatever happened. Tests that need a simulator are skipped with their reason.
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline/promises"
import { parseArgs } from "node:util"
import { e2bService } from "./E2BService.ts"
import { gitHubService } from "./GitHubService.ts"
import type { LiveService, Settings } from "./LiveService.ts"
import { redacted, runTests } from "./LiveTests.ts"

const services: ReadonlyArray<LiveService> = [e2bService, gitHubService]

const fail = (message: string): never => {
  console.error(`${message}\nNothing was called.`)
  process.exit(2)
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { credentials: { type: "string" }, yes: { type: "boolean", default: false } }
})
const [name = "", ...files] = positionals
const service =
  services.find((each) => each.name === name) ??
  fail(`Which service? One of: ${services.map((each) => each.name).join(", ")}.`)

const given: Readonly<Record<string, string | undefined>> =
  flags.credentials === undefined
    ? process.env
    : (JSON.parse(readFileSync(flags.credentials, "utf8")) as Record<string, string>)

const settings: Settings = Object.fromEntries(
  Object.entries(service.settings).map(([key, { variable, otherwise }]) => [
    key,
    given[variable] ?? otherwise ?? fail(`${variable} is not set, neither in the environment nor by --credentials.`)
  ])
)

const stopping = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort())

const rehearse = async (): Promise<void> => {
  console.log(`Rehearsing against a simulator what this would use of ${service.name} …`)
  const rehearsal = await service.rehearse()
  const run = { ...rehearsal.settings, run: "rehearsal" }
  const code = await runTests(service, run, { files, quiet: true, signal: stopping.signal })
  const told = rehearsal.told()
  await rehearsal.close()
  if (code !== 0) fail("The tests fail against the simulator already.")
  for (const line of told) console.log(`  ${line}`)
}

const confirmed = async (): Promise<boolean> => {
  if (flags.yes) return true
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Where nobody can answer, the input is at its end at once.
  const unanswered = once(terminal, "close").then(() => "")
  const answer = terminal.question("Go on? (yes/no) ", { signal: stopping.signal }).catch(() => "")
  const said = await Promise.race([answer, unanswered])
  terminal.close()
  return said === "yes"
}

await rehearse()
const shown = Object.entries(settings).filter(([key]) => service.settings[key]?.secret !== true)
console.log(`Against ${shown.map(([key, value]) => `${key} ${value}`).join(", ")}`)
if (stopping.signal.aborted || !(await confirmed())) fail("Not confirmed.")

const run = randomUUID()
console.log(`Everything it creates is marked: conformance=${run}`)
try {
  process.exitCode = await runTests(service, { ...settings, run }, { files, quiet: false, signal: stopping.signal })
} finally {
  await service.cleanUp(settings, run).then(
    (removed) => console.log(`Cleaned up: ${removed} were left.`),
    (error: unknown) => {
      console.error(redacted(`Cleaning up failed, look for conformance=${run}: ${String(error)}`, service, settings))
      process.exitCode = 1
    }
  )
}
