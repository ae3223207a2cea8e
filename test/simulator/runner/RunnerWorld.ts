// Both simulators, and runners that runnerd's own start script starts in sandboxes, through the unmodified E2B client.
//
// Answers for: what the tests of runners need, whatever plays the runner. Gotcha: GitHub's time limits for silent runners and
// the pauses between a runner's tries are short here, so that nothing waits.
import { assert } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { type CommandExitError, Sandbox } from "e2b"
import { join } from "node:path"
import { makeMarkerParser, type MarkerEvent } from "../../../src/services/sandbox/RunnerMarkers.ts"
import { goFile, startCommand, startFiles, type StartMode } from "../../../src/services/sandbox/StartScript.ts"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import type { JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { scriptedRunner } from "../../../src/simulator/runner/ScriptedRunner.ts"
import { realClock } from "../../../src/simulator/github/Environment.ts"
import { installRunnerStandIn } from "../../../src/simulator/runner/RunnerStandIn.ts"

const apiKey = "e2b_0123456789abcdef"
const pat = "ghp_runner_world"

export const labels = ["self-hosted", "e2b"]

const linesOf = (text: string) => text.split("\n").map((line) => line.replace(/^[\d-]{10} [\d:]{8}Z: /, "<utc>: "))

export interface RunnerInSandbox {
  readonly sandbox: Sandbox
  /** What runnerd makes of the output so far. */
  readonly events: () => ReadonlyArray<MarkerEvent>
  /** What each stream said, by lines, without the time before a line. */
  readonly lines: () => { readonly stdout: ReadonlyArray<string>; readonly stderr: ReadonlyArray<string> }
  /** stdout and stderr. */
  readonly output: () => string
  /** Resolves once the output contains the text `times` times (once when left out); rejects when it ends before. */
  readonly says: (text: string, times?: number) => Promise<void>
  /** Of the start script; null when the connection was lost. */
  readonly exit: Promise<number | null>
}

export type RunnerWorld = Awaited<ReturnType<typeof openRunnerWorld>>

/** `scripted`: the runners cost no processes. */
export const openRunnerWorld = async (scripted: boolean) => {
  const github = await startGitHubSimulator({
    app: { id: 4711, webhookSecret: "secret" },
    installations: [{ id: 1, owner: "acme", ownerType: "Organization", repositories: ["one"] }],
    pats: [{ token: pat, login: "robot" }],
    limits: { offlineAfterMillis: 1000, jobPickupMillis: 2000, lostRunnerMillis: 200 }
  })
  let sessionTries = 0
  const { sessions } = github.machine
  const open = sessions.open.bind(sessions)
  sessions.open = (...given) => {
    sessionTries += 1
    return open(...given)
  }
  const e2b = await startE2BSimulator({
    apiKeys: [apiKey],
    ...(scripted ? { commands: scriptedRunner(github.machine, realClock) } : {}),
    templates: ["runner", "strict-runner"].map((alias) => ({
      aliases: [alias],
      install: (directory) => installRunnerStandIn(join(directory, "opt", "actions-runner")),
      envs: {
        RUNNER_SOURCE: "${SANDBOX_ROOT}/opt/actions-runner",
        RUNNER_STANDIN_NODE: process.execPath,
        RUNNER_STANDIN_PAUSE_SECONDS: "0.05",
        ...(alias === "strict-runner" ? { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: "1" } : {})
      }
    }))
  })
  const connection = { apiKey, apiUrl: e2b.url, sandboxUrl: e2b.url, retries: 0, requestTimeoutMs: 30_000 }

  const call = async (url: string, method: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${pat}`, "content-type": "application/json" }
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    assert.isTrue(response.ok, `${method} ${url}: ${response.status} ${text}`)
    return text === "" ? null : JSON.parse(text)
  }
  const rest = (path: string, body: unknown = {}) =>
    call(`${github.url}/repos/acme/one/actions/runners/${path}`, "POST", body)
  /** GitHub's control interface. */
  const control = (method: string, path: string, body?: unknown) => call(`${github.controlUrl}/${path}`, method, body)

  const modeOf = async (mode: "jit" | "token", name: string): Promise<StartMode> => {
    if (mode === "jit") {
      const answer = await rest("generate-jitconfig", { name, runner_group_id: 1, labels })
      const { encoded_jit_config } = answer as { readonly encoded_jit_config: string }
      return { _tag: "Jit", encodedJitConfig: Redacted.make(encoded_jit_config) }
    }
    const { token } = (await rest("registration-token")) as { readonly token: string }
    return { _tag: "Token", url: `${github.url}/acme/one`, token: Redacted.make(token), labels, runnerGroup: null }
  }

  const start = async (mode: "jit" | "token", name = "runner-1", template = "runner"): Promise<RunnerInSandbox> => {
    const given = await modeOf(mode, name)
    const sandbox = await Sandbox.create(template, connection)
    const input = { requestId: "request-1", sandboxId: sandbox.sandboxId, runnerName: name, traceId: null, mode: given }
    for (const { path, content } of [...startFiles(input), goFile]) {
      await sandbox.files.write(path, typeof content === "string" ? content : Redacted.value(content))
    }
    const parsers = { stdout: makeMarkerParser(), stderr: makeMarkerParser() }
    const events: Array<MarkerEvent> = []
    const said = { stdout: "", stderr: "" }
    let output = ""
    let waiting: Array<{ readonly isMet: () => boolean; readonly resolve: () => void }> = []
    const collect = (stream: "stdout" | "stderr") => (text: string) => {
      output += text
      said[stream] += text
      events.push(...parsers[stream].push(text))
      for (const { isMet, resolve } of waiting) if (isMet()) resolve()
      waiting = waiting.filter(({ isMet }) => !isMet())
    }
    const handle = await sandbox.commands.run(startCommand, {
      background: true,
      timeoutMs: 0,
      onStdout: collect("stdout"),
      onStderr: collect("stderr")
    })
    const exit = handle.wait().then(
      ({ exitCode }) => exitCode,
      (error: CommandExitError) => error.exitCode ?? null
    )
    return {
      sandbox,
      events: () => events,
      lines: () => ({ stdout: linesOf(said.stdout), stderr: linesOf(said.stderr) }),
      output: () => output,
      says: (text, times = 1) => {
        const isMet = () => output.split(text).length > times
        if (isMet()) return Promise.resolve()
        return new Promise((resolve, reject) => {
          waiting.push({ isMet, resolve })
          void exit.then(() => reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${output}`)))
        })
      },
      exit
    }
  }

  return {
    github,
    e2b,
    control,
    start,
    /** How often any runner asked for a session. */
    sessionTries: () => sessionTries,
    fault: (kind: string) => control("POST", "runner-faults", { kind }),
    run: (jobs: ReadonlyArray<Partial<JobDefinition>>) =>
      github.machine.createRun({
        repository: "acme/one",
        workflow: "CI",
        jobs: jobs.map((job) => ({ name: "build", key: "build-key", labels, ...job }))
      }),
    runners: () => github.state().runners,
    job: (name = "build") => {
      const job = github.state().jobs.find((each) => each.name === name)
      assert(job !== undefined)
      return job
    },
    close: async () => {
      await e2b.close()
      await github.close()
    }
  }
}
