// Runs the real start script under bash, with a fake actions runner, in a folder that plays the sandbox.
//
// Answers for: the folder, the fake runner, the uploaded files and the run's record. The fake's config.sh
// and run.sh write what they saw of arguments and environment (NUL-separated) into $RECORD.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type ChildProcess, spawn } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import {
  goFile,
  startCommand,
  startFiles,
  type StartInput,
  type StartMode
} from "../../../src/services/sandbox/StartScript.ts"

const recorder = `
record() {
  name=$1 && shift
  n=$(find "$RECORD" -name "$name.*.args" | wc -l)
  cp /proc/$$/environ "$RECORD/$name.$n.environ"
  printf '%s\\n' "$@" >"$RECORD/$name.$n.args"
}
`

const configSh = `#!/usr/bin/env bash
${recorder}
record config "$@"
if [ "\${1:-}" = remove ]; then rm -f .runner; exit 0; fi
n=$(find "$RECORD" -name 'config.*.args' | wc -l)
[ "$n" -gt "\${FAIL_CONFIG:-0}" ] || exit 1
echo '{}' >.runner
`

/** `run` is what the fake runner does between its start and its end. */
const runSh = (run: string) => `#!/usr/bin/env bash
${recorder}
record run "$@"
[ -e "$SANDBOX_ROOT/tmp/runnerd/start-runner.data" ] && echo "data file still there"
unset ACTIONS_RUNNER_INPUT_JITCONFIG
${run}
`

export interface ScriptRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly files: (name: string) => ReadonlyArray<string>
  readonly read: (name: string) => string
  readonly environ: (name: string) => ReadonlyMap<string, string>
}

export interface ScriptOptions {
  readonly mode: StartMode
  readonly ids?: Partial<Omit<StartInput, "mode">>
  /** Body of the fake run.sh. */
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  /** The runner is never told that it may listen. */
  readonly untold?: boolean
  /** Left out of the fake runner. */
  readonly without?: "config.sh" | "run.sh"
  /** Body of ensure-docker; absent: there is none. */
  readonly ensureDocker?: string
  readonly onChild?: (child: ChildProcess, root: string) => void
}

const writeExecutable = (path: string, text: string) => {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runnerd-start-script-"))),
  (folder) =>
    Effect.sync(() => {
      // What an ensure-docker left running told its process id.
      const daemon = join(folder, "record", "daemon")
      if (existsSync(daemon)) process.kill(Number(readFileSync(daemon, "utf8")))
      rmSync(folder, { recursive: true, force: true })
    })
)

const prepare = (root: string, options: ScriptOptions) => {
  for (const folder of ["tmp", "home", "record", "bin", "runner"]) mkdirSync(join(root, folder))
  if (options.without !== "config.sh") writeExecutable(join(root, "runner", "config.sh"), configSh)
  if (options.without !== "run.sh") writeExecutable(join(root, "runner", "run.sh"), runSh(options.run ?? ":"))
  // A login shell's profile replaces PATH.
  writeFileSync(join(root, "home", ".profile"), `export PATH="${join(root, "bin")}:$PATH"\n`)
  // Ten tries with a second between them would be nine seconds of waiting.
  writeExecutable(join(root, "bin", "sleep"), '#!/bin/sh\necho "$1" >>"$RECORD/slept"\n')
  if (options.ensureDocker !== undefined) {
    writeExecutable(join(root, "bin", "ensure-docker"), `#!/usr/bin/env bash\n${options.ensureDocker}\n`)
  }
  const input: StartInput = {
    requestId: "42",
    sandboxId: "isandbox",
    runnerName: "e2b-42",
    traceId: "trace-1",
    ...options.ids,
    mode: options.mode
  }
  for (const file of [...startFiles(input), ...(options.untold === true ? [] : [goFile])]) {
    const path = join(root, file.path)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof file.content === "string" ? file.content : Redacted.value(file.content))
  }
}

/** Runs the start command to its end. */
export const runScript = Effect.fnUntraced(function* (options: ScriptOptions) {
  const root = yield* temporaryFolder
  yield* Effect.sync(() => prepare(root, options))
  const record = join(root, "record")
  return yield* Effect.callback<ScriptRun>((resume) => {
    const child = spawn("/bin/bash", ["-l", "-c", startCommand], {
      cwd: join(root, "home"),
      env: {
        PATH: "/usr/bin:/bin",
        HOME: join(root, "home"),
        SANDBOX_ROOT: root,
        RUNNER_SOURCE: join(root, "runner"),
        RECORD: record,
        RUNNERD_ENSURE_DOCKER: join(root, "bin", "ensure-docker"),
        ...options.env
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output = { stdout: "", stderr: "" }
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString("utf8")))
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString("utf8")))
    child.on("close", (code) =>
      resume(
        Effect.succeed({
          code,
          ...output,
          files: (name) => readdirSync(record).filter((file) => file.startsWith(name)),
          read: (name) => (existsSync(join(record, name)) ? readFileSync(join(record, name), "utf8") : ""),
          environ: (name) =>
            new Map(
              readFileSync(join(record, name), "utf8")
                .split("\0")
                .filter((entry) => entry !== "")
                .map((entry): [string, string] => [
                  entry.slice(0, entry.indexOf("=")),
                  entry.slice(entry.indexOf("=") + 1)
                ])
            )
        })
      )
    )
    options.onChild?.(child, root)
  })
})
