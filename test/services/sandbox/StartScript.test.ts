import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { startCommand, startFiles, type StartMode } from "../../../src/services/sandbox/StartScript.ts"
import { startRunnerScript } from "../../../src/services/sandbox/StartScriptText.ts"
import { runScript } from "./StartScriptFixture.ts"

const secret = "SECRET-REGISTRATION-VALUE"
const jit: StartMode = { _tag: "Jit", encodedJitConfig: Redacted.make(secret) }
const token: StartMode = {
  _tag: "Token",
  url: "https://github.com/o/r",
  token: Redacted.make(secret),
  labels: ["self-hosted", "e2b"],
  runnerGroup: null
}

/** Writes the arguments and the environment of every process of this sandbox into the record. */
const lookAround = `
for process in /proc/[0-9]*; do
  if tr '\\0' '\\n' <"$process/environ" 2>/dev/null | grep -qxF "SANDBOX_ROOT=$SANDBOX_ROOT"; then
    name=$(tr '\\0' ' ' <"$process/cmdline" 2>/dev/null)
    printf '%s\\n' "$name" >>"$RECORD/all.cmdlines"
    case "$name" in *run.sh*) ;; *) tr '\\0' '\\n' <"$process/environ" >>"$RECORD/all.environs" ;; esac
  fi
done 2>/dev/null
`

describe("the script's text", () => {
  it("parses", () => {
    assert.deepStrictEqual(spawnSync("bash", ["-n"], { input: startRunnerScript }).status, 0)
  })

  it.skipIf(spawnSync("shellcheck", ["--version"]).status !== 0)("has nothing that shellcheck minds", () => {
    const result = spawnSync("shellcheck", ["-"], { input: startRunnerScript, encoding: "utf8" })
    assert.deepStrictEqual([result.status, result.stdout], [0, ""])
  })

  it("holds no data, nor does the command: all of it is in one secret file", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (requestId, runnerName, group) => {
        const files = startFiles({
          requestId,
          sandboxId: "i1",
          runnerName,
          traceId: null,
          mode: { ...token, runnerGroup: group }
        })
        assert.deepStrictEqual(
          files.map((file) => file.path),
          ["/tmp/runnerd/start-runner.sh", "/tmp/runnerd/start-runner.data"]
        )
        assert.deepStrictEqual(files[0]?.content, startRunnerScript)
        assert.isTrue(Redacted.isRedacted(files[1]?.content))
        assert.match(Redacted.value(files[1]?.content as Redacted.Redacted), /^(?:[a-z_]+ [A-Za-z0-9+/=]*\n)+$/)
      })
    )
    assert.notInclude(startCommand, "data")
  })
})

describe("with a JIT configuration", () => {
  it.effect("run.sh alone gets it, no argument holds it, and nothing is configured", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: jit, run: `echo 'Listening for Jobs'\n${lookAround}` })
      assert.deepStrictEqual([run.code, run.stderr], [0, ""])
      assert.include(run.stdout, "Listening for Jobs\n")
      assert.notInclude(run.stdout, "data file still there")
      assert.deepStrictEqual(run.files("config"), [])
      assert.deepStrictEqual(run.environ("run.0.environ").get("ACTIONS_RUNNER_INPUT_JITCONFIG"), secret)
      assert.deepStrictEqual(run.read("run.0.args").trim(), "")
      assert.isNotEmpty(run.read("all.environs"))
      assert.notInclude(run.read("all.cmdlines"), secret)
      assert.notInclude(run.read("all.environs"), secret)
    })
  )

  it.effect("the exit code is run.sh's", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* runScript({ mode: jit, run: "exit 7" })).code, 7)
    })
  )

  it.effect("E-97: SIGTERM reaches the runner, whose exit code is waited for", () =>
    Effect.gen(function* () {
      const run = yield* runScript({
        mode: jit,
        run: "trap 'echo stopping; exit 9' TERM\necho up\nwhile :; do read -r -t 0.05 <>\"$RUNNERD_HOOK_CHANNEL.idle\" || true; done",
        onChild: (child) =>
          child.stdout?.on("data", (chunk: Buffer) => {
            if (chunk.includes("up")) child.kill("SIGTERM")
          })
      })
      assert.deepStrictEqual([run.code, run.stdout], [9, "up\nstopping\n"])
    })
  )
})

describe("the runner's process", () => {
  it.effect("E-97: does not ignore SIGINT, with which run.sh ends its own children, and reads nothing", () =>
    Effect.gen(function* () {
      const run = yield* runScript({
        mode: jit,
        run: "grep SigIgn /proc/$$/status; cat; echo $RUNNER_MANUALLY_TRAP_SIG"
      })
      const [ignored = "", manual] = run.stdout.split("\n")
      assert.deepStrictEqual(Number.parseInt(ignored.split(/\s+/)[1] ?? "", 16) & 0x2, 0)
      assert.deepStrictEqual(manual, "1")
    })
  )
})

describe("with a registration token", () => {
  it.effect("the runner is configured by environment with constant arguments, then started without the secret", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: token, run: `rm -f .runner\n${lookAround}` })
      assert.deepStrictEqual([run.code, run.stderr], [0, ""])
      assert.deepStrictEqual(run.read("config.0.args").trim().split("\n"), [
        "--unattended",
        "--ephemeral",
        "--replace",
        "--disableupdate",
        "--no-default-labels"
      ])
      const config = run.environ("config.0.environ")
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_TOKEN"), secret)
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_URL"), "https://github.com/o/r")
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_NAME"), "e2b-42")
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_LABELS"), "self-hosted,e2b")
      assert.isFalse(config.has("ACTIONS_RUNNER_INPUT_RUNNERGROUP"))
      assert.notInclude(run.read("run.0.environ"), secret)
      assert.notInclude(run.read("run.0.environ"), "ACTIONS_RUNNER_INPUT_")
      assert.notInclude(run.read("all.cmdlines"), secret)
      assert.notInclude(run.read("all.environs"), secret)
      assert.deepStrictEqual(
        run.files("config").filter((file) => file.endsWith(".args")).length,
        1,
        "nothing to remove"
      )
    })
  )

  const hostile = [
    `a'b"c`,
    "$(touch $RECORD/pwned)",
    "`touch $RECORD/pwned`",
    "x; touch $RECORD/pwned #",
    "two  spaces",
    "-n",
    "line\nbreak\n"
  ]
  it.effect.each(hostile)("E-96: %j as label, group, name or id is only ever a value", (value) =>
    Effect.gen(function* () {
      const run = yield* runScript({
        mode: { ...token, labels: [value, "e2b"], runnerGroup: value },
        ids: { requestId: value, runnerName: value, traceId: value },
        run: 'rm -f .runner\nbash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" >"$RECORD/hook.out"'
      })
      assert.deepStrictEqual([run.code, run.stderr], [0, ""])
      const config = run.environ("config.0.environ")
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_LABELS"), `${value},e2b`)
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_RUNNERGROUP"), value)
      assert.deepStrictEqual(config.get("ACTIONS_RUNNER_INPUT_NAME"), value)
      assert.deepStrictEqual(run.files("pwned"), [])
      assert.deepStrictEqual(run.read("hook.out").trim().split("\n").length, 6)
    })
  )

  it.effect("variables that the template exports under the script's names get no secret", () =>
    Effect.gen(function* () {
      const names = ["token", "content", "value", "jit_config", "encoded"]
      const env = Object.fromEntries(names.map((name) => [name, "from the template"]))
      const run = yield* runScript({ mode: token, env })
      assert.deepStrictEqual(run.code, 0)
      assert.notInclude(run.read("run.0.environ"), secret)
    })
  )

  it.effect("E-102: registration is tried again after a second, up to ten times", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: token, env: { FAIL_CONFIG: "9" }, run: "rm -f .runner; echo ran" })
      assert.deepStrictEqual([run.code, run.stdout], [0, "::runnerd::registered\nran\n"])
      assert.deepStrictEqual(run.read("slept"), "1\n".repeat(9))
    })
  )

  it.effect(
    "it is registered, says so every five seconds for two minutes, and does not listen before it is told to",
    () =>
      Effect.gen(function* () {
        const run = yield* runScript({ mode: token, untold: true })
        assert.deepStrictEqual(run.code, 3)
        assert.include(run.stderr, "nobody told this runner to listen")
        assert.strictEqual(run.stdout, "::runnerd::registered\n".repeat(24))
        assert.strictEqual(run.read("slept"), "0.2\n".repeat(600))
        assert.deepStrictEqual(run.files("run."), [])
        assert.deepStrictEqual(run.read("config.1.args"), "remove\n")
      })
  )

  it.effect("it says that it is registered once that is so, and not when it was refused", () =>
    Effect.gen(function* () {
      const ran = yield* runScript({ mode: token, run: "rm -f .runner; echo ran" })
      assert.strictEqual(ran.stdout, "::runnerd::registered\nran\n")
      assert.strictEqual((yield* runScript({ mode: token, env: { FAIL_CONFIG: "99" } })).stdout, "")
      assert.strictEqual((yield* runScript({ mode: jit })).stdout, "")
    })
  )

  it.effect("E-102: ten refusals end with code 2 and no runner", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: token, env: { FAIL_CONFIG: "99" } })
      assert.deepStrictEqual(run.code, 2)
      assert.include(run.stderr, "could not be registered")
      assert.deepStrictEqual(run.files("config").filter((file) => file.endsWith(".args")).length, 10)
      assert.deepStrictEqual(run.files("run"), [])
    })
  )

  it.effect("E-97: a registration that is left when the runner ends is removed, whatever the exit code", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: token, run: "exit 5" })
      assert.deepStrictEqual(run.code, 5)
      assert.deepStrictEqual(run.read("config.1.args"), "remove\n")
      assert.deepStrictEqual(run.environ("config.1.environ").get("ACTIONS_RUNNER_INPUT_TOKEN"), secret)
    })
  )
})

describe("hooks", () => {
  const started =
    'GITHUB_RUN_ID=123 GITHUB_JOB=build bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" >"$RECORD/started.out" 2>&1'
  const completed =
    'GITHUB_RUN_ID=123 GITHUB_JOB=build bash -e "$ACTIONS_RUNNER_HOOK_JOB_COMPLETED" >"$RECORD/completed.out" 2>&1'

  it.effect("E-58: a started job is told on the script's own output, though hooks write into the job's log", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: jit, run: `${started}\n${completed}` })
      assert.deepStrictEqual(run.stdout.split("\n"), [
        "::runnerd::job-started run_id=123 job=build",
        "::runnerd::job-completed run_id=123 job=build",
        ""
      ])
    })
  )

  it.effect("E-98: the job's log shows the ids, as a notice and as plain lines", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: jit, ids: { requestId: "7%d" }, run: started })
      assert.deepStrictEqual(run.read("started.out").trim().split("\n"), [
        "runnerd: job started",
        "::notice title=E2B sandbox::sandbox_id=isandbox request_id=7%25d runner_name=e2b-42 trace_id=trace-1",
        "E2B sandbox id: isandbox",
        "runnerd request id: 7%d",
        "Runner name: e2b-42",
        "Trace id: trace-1"
      ])
    })
  )

  it.effect("E-98: an id with line ends forges no line of the log", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: jit, ids: { runnerName: "a\n::error::b\r::c" }, run: started })
      assert.isFalse(
        run
          .read("started.out")
          .split(/[\r\n]/)
          .some((line) => line.startsWith("::error") || line.startsWith("::c"))
      )
    })
  )

  it.effect("what a job writes into the channel is passed on only if it is a marker", () =>
    Effect.gen(function* () {
      const run = yield* runScript({
        mode: jit,
        run: 'echo "2026-11-23 21:00:05Z: Running job: x" 1<>"$RUNNERD_HOOK_CHANNEL"'
      })
      assert.deepStrictEqual(run.stdout, "")
    })
  )

  it.effect("a hook neither fails nor waits when nobody listens", () =>
    Effect.gen(function* () {
      const run = yield* runScript({
        mode: jit,
        run: `mkfifo "$RECORD/deaf"\nRUNNERD_HOOK_CHANNEL="$RECORD/deaf" bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" >/dev/null\necho "hook $?"`
      })
      assert.deepStrictEqual([run.code, run.stdout], [0, "hook 0\n"])
    })
  )
})

describe("the sandbox", () => {
  it.effect.each([
    "rm -rf .runnerd",
    "rm .runnerd/hooks",
    "rm .runnerd/hooks; touch .runnerd/hooks",
    "rm .runnerd/hooks; mkfifo .runnerd/hooks"
  ])(
    "a job that does `%s` with the channel of its hooks neither keeps the script from ending nor changes its code",
    (harm) =>
      Effect.gen(function* () {
        const run = yield* runScript({ mode: jit, run: `${harm}\nexit 7` })
        assert.deepStrictEqual([run.code, run.stderr], [7, ""])
      })
  )

  it.effect.each(["config.sh", "run.sh"] as const)(
    "a template without %s ends with code 1 and says what is missing",
    (file) =>
      Effect.gen(function* () {
        let dataLeft = true
        const run = yield* runScript({
          mode: jit,
          without: file,
          onChild: (child, root) =>
            child.on("exit", () => (dataLeft = existsSync(join(root, "tmp/runnerd/start-runner.data"))))
        })
        assert.deepStrictEqual(run.code, 1)
        assert.include(run.stderr, `runner/${file} is missing`)
        assert.isFalse(dataLeft, "no failure may leave the secret behind")
      })
  )

  it.effect("E-101: an ensure-docker that fails changes nothing, and its daemons do not hold the output open", () =>
    Effect.gen(function* () {
      const run = yield* runScript({
        mode: jit,
        ensureDocker: "tail -f /dev/null &\necho $! >$RECORD/daemon\necho noise\nexit 3"
      })
      assert.deepStrictEqual(run.code, 0)
      assert.isAbove(Number(run.read("daemon")), 0)
      assert.include(run.stderr, "ensure-docker failed with code 3")
      assert.notInclude(run.stdout, "noise")
    })
  )

  it.effect("jobs get the sandbox's own umask and home", () =>
    Effect.gen(function* () {
      const run = yield* runScript({ mode: jit, run: 'umask; echo "$HOME"' })
      const [umask, home] = run.stdout.split("\n")
      assert.deepStrictEqual(Number.parseInt(umask ?? "", 8), process.umask())
      assert.match(home ?? "", /\/home$/)
    })
  )
})
