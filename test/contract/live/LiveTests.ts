// The contract tests in a process of their own, pointed at a service.
//
// Answers for: starting vitest with the settings, and that no secret of theirs is printed. One file at a time: small
// plans hold few sandboxes. Gotcha: a line is printed when it is whole, so that a secret cannot slip through in two parts.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { settingsVariable } from "../Outside.ts"
import type { LiveService, Settings } from "./LiveService.ts"

const testLimitMs = 180_000

export const redacted = (text: string, { settings }: LiveService, values: Settings): string =>
  Object.entries(settings).reduce((line, [name, { secret }]) => {
    const value = values[name] ?? ""
    return secret === true && value !== "" ? line.replaceAll(value, "(hidden)") : line
  }, text)

/** Resolves with vitest's exit code. `quiet`: only a failure is of interest. */
export const runTests = async (
  service: LiveService,
  values: Settings,
  { files, quiet, signal }: { files: ReadonlyArray<string>; quiet: boolean; signal: AbortSignal }
): Promise<number> => {
  const reporter = quiet ? "dot" : "tree"
  const options = ["--no-file-parallelism", `--testTimeout=${testLimitMs}`, `--reporter=${reporter}`]
  const paths = files.length === 0 ? service.suites : files
  const child = spawn("vitest", ["run", ...options, ...paths], {
    env: { ...process.env, [settingsVariable(service.name)]: JSON.stringify(values) },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const kept: Array<string> = []
  const stop = (): void => void child.kill("SIGINT")
  signal.addEventListener("abort", stop)
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on("line", (line) => {
      const safe = redacted(line, service, values)
      if (quiet) kept.push(safe)
      else console.log(safe)
    })
  }
  const [code] = (await once(child, "close")) as [number | null]
  signal.removeEventListener("abort", stop)
  if (code !== 0) for (const line of kept) console.log(line)
  return code ?? 1
}
