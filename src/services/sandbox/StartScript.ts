// The script that turns a fresh sandbox into a runner: its files and the command that starts it.
//
// Answers for: what is uploaded and what is started. The script's text is in startRunnerScript.ts.
import type * as Redacted from "effect/Redacted"

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

/** The command that runs the uploaded script. The same for every request: it holds no data. */
export const startCommand = `exec bash "\${SANDBOX_ROOT-}${directory}/start-runner.sh"`
