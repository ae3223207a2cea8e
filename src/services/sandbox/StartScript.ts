// What is uploaded to a sandbox and started there to make it a runner.
//
// Answers for: the files' contents and the command. The script's text is in StartScriptText.ts.
// Gotchas: envd creates files with mode 0666 & ~umask, readable for all; the script makes the data file
// private and removes it first of all. GitHub splits the labels at commas, so a label with a comma cannot
// be registered in token mode; specs refuse such labels.
import * as Redacted from "effect/Redacted"
import { startRunnerScript } from "./StartScriptText.ts"

/** How the runner gets its registration. */
export type StartMode =
  | { readonly _tag: "Jit"; readonly encodedJitConfig: Redacted.Redacted }
  | {
      readonly _tag: "Token"
      readonly url: string
      readonly token: Redacted.Redacted
      readonly labels: ReadonlyArray<string>
      readonly runnerGroup: string | null
    }

export interface StartInput {
  readonly requestId: string
  readonly sandboxId: string
  readonly runnerName: string
  readonly traceId: string | null
  readonly mode: StartMode
}

export interface StartFile {
  readonly path: string
  readonly content: Redacted.Redacted | string
}

/**
 * Where the files lie in the sandbox. A server that plays a sandbox in a folder sets SANDBOX_ROOT to that folder and
 * puts `/tmp/x` at `$SANDBOX_ROOT/tmp/x`; in a real sandbox the variable is unset.
 */
const directory = "/tmp/runnerd"

/**
 * Lets the script's runner listen for jobs, in token mode: to be uploaded once it says that it is registered, and harmless
 * when uploaded again. A runner with a JIT configuration is registered from the start, and does not wait.
 */
export const goFile: StartFile = { path: `${directory}/start-runner.go`, content: "" }

/** The command that runs the uploaded script. The same for every request: it holds no data. */
export const startCommand = `exec bash "\${SANDBOX_ROOT-}${directory}/start-runner.sh"`

const valuesOf = (mode: StartMode): Readonly<Record<string, string>> =>
  mode._tag === "Jit"
    ? { mode: "jit", jit_config: Redacted.value(mode.encodedJitConfig) }
    : {
        mode: "token",
        url: mode.url,
        token: Redacted.value(mode.token),
        labels: mode.labels.join(","),
        runner_group: mode.runnerGroup ?? ""
      }

const dataOf = (input: StartInput): string =>
  Object.entries({
    ...valuesOf(input.mode),
    request_id: input.requestId,
    sandbox_id: input.sandboxId,
    runner_name: input.runnerName,
    trace_id: input.traceId ?? ""
  })
    .map(([name, value]) => `${name} ${Buffer.from(value, "utf8").toString("base64")}\n`)
    .join("")

/** The files to upload, in this order, before `startCommand` is run. */
export const startFiles = (input: StartInput): ReadonlyArray<StartFile> => [
  { path: `${directory}/start-runner.sh`, content: startRunnerScript },
  { path: `${directory}/start-runner.data`, content: Redacted.make(dataOf(input), { label: "start data" }) }
]
