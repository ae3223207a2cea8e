// Both clients and the start script against the simulators: from an empty sandbox to a job that has run.
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import { ofRequest, registrationUrl } from "../../../src/domain/RunnerTarget.ts"
import { GitHub } from "../../../src/services/github/GitHub.ts"
import { serverUrl } from "../../../src/services/github/GitHubServer.ts"
import { makeMarkerParser, type MarkerEvent } from "../../../src/services/sandbox/RunnerMarkers.ts"
import { Sandboxes } from "../../../src/services/sandbox/Sandboxes.ts"
import type { RunnerProcess } from "../../../src/services/sandbox/SandboxTypes.ts"
import { goFile, startCommand, startFiles, type StartMode } from "../../../src/services/sandbox/StartScript.ts"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { installRunnerStandIn } from "../../../src/simulator/runner/RunnerStandIn.ts"
import { freshId } from "../github/GitHubFixture.ts"
import { apiKey } from "./SandboxFixture.ts"

const e2b = Effect.acquireRelease(
  Effect.promise(() =>
    startE2BSimulator({
      apiKeys: [apiKey],
      plan: { maxConcurrent: 3, maxHours: 1 },
      templates: [
        {
          aliases: ["runner"],
          install: (directory) => installRunnerStandIn(join(directory, "opt", "actions-runner")),
          envs: {
            RUNNER_SOURCE: "${SANDBOX_ROOT}/opt/actions-runner",
            RUNNER_STANDIN_NODE: process.execPath
          }
        },
        { aliases: ["broken"], buildStatus: "error" }
      ]
    })
  ),
  (simulator) => Effect.promise(() => simulator.close())
)

const withE2B = Effect.gen(function* () {
  const simulator = yield* e2b
  const sandboxes = yield* Effect.provide(
    Sandboxes,
    Sandboxes.layer({
      apiKey: Redacted.make(apiKey),
      apiUrl: simulator.url,
      sandboxUrl: simulator.url,
      domain: undefined,
      callTimeout: Duration.seconds(20),
      createTimeout: Duration.seconds(60)
    })
  )
  return { simulator, sandboxes }
})

const withGitHub = Effect.gen(function* () {
  const simulator = yield* Effect.acquireRelease(
    Effect.promise(() =>
      startGitHubSimulator({
        app: { id: 4711, webhookSecret: "s" },
        installations: [
          {
            id: freshId() + process.pid * 1_000,
            owner: "acme",
            ownerType: "Organization",
            repositories: ["one", "two"],
            runnerGroups: [{ name: "gpu", repositories: ["one"] }]
          }
        ]
      })
    ),
    (simulator) => Effect.promise(() => simulator.close())
  )
  const github = yield* Effect.provide(
    GitHub,
    GitHub.layer({
      baseUrl: simulator.url,
      auth: {
        _tag: "App",
        appId: simulator.appId,
        privateKey: Redacted.make(simulator.privateKeyPem),
        installationId: undefined
      },
      callTimeout: Duration.seconds(20)
    })
  )
  return { simulator, github }
})

const request = { template: "runner", timeoutSeconds: 600, metadata: { app: "runnerd", request: "o/r 7" } }

describe("Sandboxes and the E2B simulator", () => {
  it.effect("a sandbox lives, is found by its metadata, and is gone once killed", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withE2B
      const access = yield* sandboxes.create(request)
      const others = yield* sandboxes.create({ ...request, metadata: { app: "runnerd", request: "8" } })
      const found = yield* sandboxes.list({ app: "runnerd", request: "o/r 7" })
      assert.deepStrictEqual(
        found.map((one) => [one.sandboxId, one.state]),
        [[access.sandboxId, "running"]]
      )
      assert.deepStrictEqual((yield* sandboxes.list({ app: "runnerd" })).length, 2)
      const detail = yield* sandboxes.get(access.sandboxId)
      assert.deepStrictEqual(Redacted.value(detail.envdAccessToken!), Redacted.value(access.envdAccessToken!))
      yield* sandboxes.setTimeout(access.sandboxId, 60)
      assert.isTrue(yield* sandboxes.kill(access.sandboxId))
      assert.isFalse(yield* sandboxes.kill(access.sandboxId))
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.get(access.sandboxId))).reason._tag, "SandboxGone")
      const command = { command: "true", envs: {} }
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.start(access, command))).reason._tag, "EnvdUnreachable")
      assert.isTrue(yield* sandboxes.kill(others.sandboxId))
    })
  )

  it.effect("the plan's limit, an unknown template and a broken one have their reasons", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withE2B
      yield* Effect.all([sandboxes.create(request), sandboxes.create(request), sandboxes.create(request)])
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.create(request))).reason._tag, "ConcurrencyLimited")
      assert.deepStrictEqual(
        (yield* Effect.flip(sandboxes.create({ ...request, template: "no" }))).reason._tag,
        "TemplateUnusable"
      )
      assert.isTrue((yield* sandboxes.templateStatus("runner")).usable)
      assert.isFalse((yield* sandboxes.templateStatus("broken")).usable)
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.templateStatus("no"))).reason._tag, "TemplateUnusable")
    })
  )

  it.effect("a real process outlives its connection and is followed again, without what came between", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withE2B
      const access = yield* sandboxes.create(request)
      yield* sandboxes.writeFile(access, "/tmp/greeting", Redacted.make("hello"))
      const command = 'cat "$SANDBOX_ROOT/tmp/greeting"; mkfifo go; read -r word <go; echo "$word" >&2; exit 3'
      const pid = yield* Effect.scoped(
        Effect.gen(function* () {
          const process = yield* sandboxes.start(access, { command, envs: {} })
          const first = yield* Stream.runHead(process.output)
          assert.deepStrictEqual(first, Option.some({ stream: "stdout", text: "hello" } as const))
          return process.pid
        })
      )
      const process = yield* sandboxes.connect(access, pid)
      const rest = yield* Effect.forkChild(Stream.runCollect(process.output), { startImmediately: true })
      const go = yield* sandboxes.start(access, { command: "until [ -p go ]; do :; done; echo on >go", envs: {} })
      assert.deepStrictEqual(yield* go.exit, { exitCode: 0, error: null })
      assert.deepStrictEqual((yield* process.exit).exitCode, 3)
      assert.deepStrictEqual(yield* Fiber.join(rest), [{ stream: "stderr", text: "on\n" }])
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.connect(access, 999_999))).reason._tag, "ProcessNotFound")
    })
  )

  it.effect("killing the sandbox loses the stream; only the control API says that it is gone", () =>
    Effect.gen(function* () {
      const { sandboxes } = yield* withE2B
      const access = yield* sandboxes.create(request)
      const process = yield* sandboxes.start(access, { command: "echo up; read -r x <>never", envs: {} })
      yield* Stream.runHead(process.output)
      yield* sandboxes.kill(access.sandboxId)
      const end = yield* Effect.result(process.exit)
      if (end._tag === "Failure") assert.deepStrictEqual(end.failure.reason._tag, "StreamLost")
      assert.deepStrictEqual(
        (yield* Effect.flip(sandboxes.connect(access, process.pid))).reason._tag,
        "EnvdUnreachable"
      )
      assert.deepStrictEqual((yield* Effect.flip(sandboxes.get(access.sandboxId))).reason._tag, "SandboxGone")
    })
  )
})

/** All output and the markers in it, until the process has ended. */
const followToEnd = Effect.fnUntraced(function* (process: RunnerProcess) {
  const parsers = { stdout: makeMarkerParser(), stderr: makeMarkerParser() }
  const markers: Array<MarkerEvent> = []
  const text = yield* Stream.runFold(
    process.output,
    () => "",
    (all, piece) => {
      markers.push(...parsers[piece.stream].push(piece.text))
      return all + piece.text
    }
  )
  return { exit: yield* process.exit, markers, text }
})

describe("the start script and the runner's stand-in", () => {
  const labels = ["self-hosted", "e2b"]
  const cases: ReadonlyArray<readonly [string, "jit" | "token", string | null]> = [
    ["a JIT configuration", "jit", null],
    ["a JIT configuration in a GitHub runner group", "jit", "gpu"],
    ["a registration token", "token", null],
    ["a registration token in a GitHub runner group", "token", "gpu"]
  ]
  it.effect.each(cases)(
    "with %s a runner takes a job, tells of it, and leaves no registration",
    ([, kind, runnerGroup]) =>
      Effect.gen(function* () {
        const { sandboxes } = yield* withE2B
        const { github, simulator } = yield* withGitHub
        const target = ofRequest("acme/one", runnerGroup)
        const runnerName = "e2b-7"
        const run = simulator.machine.createRun({
          repository: "acme/one",
          workflow: "ci",
          jobs: [{ name: "build (1, 2)", key: "build", labels, steps: [{ name: "say", run: "env; echo the-job-ran" }] }]
        })
        const access = yield* sandboxes.create(request)
        const registered =
          kind === "jit" ? yield* github.createJitConfig(target, { runnerName, labels, runnerGroup }) : undefined
        const secret = registered?.encodedJitConfig ?? (yield* github.registrationToken(target, null))
        const mode: StartMode =
          kind === "jit"
            ? { _tag: "Jit", encodedJitConfig: secret }
            : {
                _tag: "Token",
                url: registrationUrl(target, serverUrl(simulator.url)),
                token: secret,
                labels,
                runnerGroup
              }
        const input = { requestId: "7", sandboxId: access.sandboxId, runnerName, traceId: "abc", mode }
        for (const file of startFiles(input)) yield* sandboxes.writeFile(access, file.path, file.content)
        const process = yield* sandboxes.start(access, { command: startCommand, envs: {} })
        yield* sandboxes.writeFile(access, goFile.path, goFile.content)
        const { exit, markers, text } = yield* followToEnd(process)

        assert.deepStrictEqual(exit, { exitCode: 0, error: null }, text)
        assert.deepStrictEqual(
          markers.map((marker) => marker._tag).filter((tag) => tag !== "JobStarted"),
          // config.sh connects as well.
          [
            ...(kind === "token" ? ["Connected", "Registered"] : []),
            "Connected",
            "RunnerVersion",
            "Listening",
            "RunningJob",
            "JobCompleted"
          ]
        )
        assert.deepInclude(markers, { _tag: "RunningJob", name: "build (1, 2)" })
        assert.deepInclude(markers, { _tag: "JobStarted", runId: run.id, job: "build" })
        const [job] = yield* github.listRunJobs("acme/one", run.id)
        assert.deepStrictEqual([job?.status, job?.conclusion, job?.runnerName], ["completed", "success", runnerName])
        assert.deepStrictEqual(yield* github.findRunner(target, runnerName), Option.none())

        const log = simulator.state().jobs[0]?.log ?? ""
        assert.include(log, "the-job-ran")
        assert.include(log, `E2B sandbox id: ${access.sandboxId}`, "E-98")
        assert.notInclude(log, Redacted.value(secret))
        assert.notInclude(text, Redacted.value(secret))
      })
  )
})
