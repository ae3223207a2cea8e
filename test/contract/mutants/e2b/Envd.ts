// What has been broken in envd: processes, streams, the proxy.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const stream = mutationsOf("src/simulator/e2b/ConnectProtocol.ts")
const process = mutationsOf("src/simulator/e2b/HostedProcess.ts")
const calls = mutationsOf("src/simulator/e2b/EnvdProcess.ts")
const host = mutationsOf("src/simulator/e2b/SandboxHost.ts")
const hosts = mutationsOf("src/simulator/e2b/SandboxHosts.ts")
const world = mutationsOf("src/simulator/e2b/SandboxWorld.ts")
const server = mutationsOf("src/simulator/e2b/EnvdServer.ts")
const vocabulary = mutationsOf("src/simulator/e2b/FaultVocabulary.ts")

export const envd: ReadonlyArray<Mutation> = [
  hosts(
    "a paused sandbox answers",
    'if (record?.state !== "running") return undefined',
    "if (record === undefined) return undefined",
    "holds the processes and cuts the streams"
  ),
  process(
    "all output is stderr",
    "{ [name]: chunk",
    "{ stderr: chunk",
    "a command's output and exit code",
    "that their own client ends are a TimeoutError",
    "whose listener throws"
  ),
  process(
    "every failure has code 1",
    "{ exitCode: code, exited",
    "{ exitCode: 1, exited",
    "a command's output and exit code",
    "a failure's end event says its code",
    "of a command that fails are a CommandExitError"
  ),
  process(
    "exit code 0 is told",
    "? { exited: true, status }",
    "? { exitCode: 0, exited: true, status }",
    "the start event comes first"
  ),
  process("chunks have 64 KiB", "32 * 1024", "64 * 1024", "large output arrives whole"),
  world(
    "the create's environment wins",
    "      ...envVars,\n      ...commandEnvs,",
    "      ...commandEnvs,\n      ...envVars,",
    "a command sees the sandbox's environment"
  ),
  host(
    "a missing working directory is not found",
    '"invalid_argument", `cwd',
    '"not_found", `cwd',
    "a working directory is a path of the sandbox"
  ),
  host(
    "an unknown user is an invalid argument",
    '"unauthenticated", `invalid',
    '"invalid_argument", `invalid',
    "an unknown user is unauthenticated"
  ),
  calls(
    "keepalives come when envd likes",
    '(numberHeader(call, "keepalive-ping-interval") ?? defaultKeepalive)',
    "defaultKeepalive",
    "silence is filled with keepalives"
  ),
  host(
    "the time limit kills nothing",
    '            process.signal("SIGKILL")\n',
    "",
    "its time limit kills that process"
  ),
  calls(
    "a process that ended can be killed",
    '  if (!process.running) throw new ConnectFailure("not_found", `process with pid ${process.pid} not found`)\n',
    "",
    "a kill reaches that process and not its children"
  ),
  process(
    "a disconnect kills the process",
    "stream.onClosed(() => this.#listeners.delete(stream))",
    'stream.onClosed(() => this.#listeners.delete(stream) && this.#child.kill("SIGKILL"))',
    "disconnecting leaves the process running"
  ),
  host(
    "ended processes are kept for a minute",
    "const exitRetention = 30_000",
    "const exitRetention = 60_000",
    "an ended process answers to connect for 30 seconds"
  ),
  process(
    "the end comes while the outputs are open",
    'child.once("close"',
    'child.once("exit" as "close"',
    "the end waits for whoever inherited the outputs"
  ),
  calls(
    "the list hides the environment",
    "    ...(Object.keys(process.config.envs).length === 0 ? {} : { envs: process.config.envs }),\n",
    "",
    "the list shows running commands"
  ),
  process("input is lost", "    stdin.write(input)\n", "", "input reaches a process that asked for it"),
  host(
    "sandboxes share their processes",
    "readonly #processes = new Map<number, HostedProcess>()",
    "readonly #processes: Map<number, HostedProcess> = ((globalThis as any).shared ??= new Map())",
    "another sandbox's process is unknown"
  ),
  host(
    "a cut stream ends in order",
    "for (const stream of open) stream.cut()",
    "for (const stream of open) stream.end()",
    "a cut stream is an unknown error"
  ),
  server(
    "any access token will do",
    'request.headers["x-access-token"] !== envdAccessToken',
    'request.headers["x-access-token"] === undefined',
    "a wrong access token is an AuthenticationError"
  ),
  server(
    "the proxy has other words",
    'message: "The sandbox was not found", code: 502',
    'message: "not found", code: 502',
    "a dead sandbox is a 502 on every path"
  ),
  server("every port is open", "if (port !== envdPort)", 'if (port === "")', "a port that nothing listens on"),
  host(
    "tags are not looked at",
    "if (found.tag === selector.tag)",
    "if (found.tag === undefined)",
    "is found by its tag as by its pid"
  ),
  calls("every signal kills", 'signal === "SIGNAL_SIGKILL" ? "SIGKILL" : "SIGTERM"', '"SIGKILL"', "gets SIGTERM alone"),
  calls(
    "a stream with a limit is cut",
    "stream.end(expired)",
    "stream.cut()",
    "that is connected to with a time limit"
  ),
  stream(
    "not found is a bad request",
    "not_found: 404",
    "not_found: 400",
    "that does not exist is a 404 of Connect's own form"
  ),
  server(
    "the environment of the create is hidden",
    "body: host.record.envVars",
    "body: {}",
    "tells the environment of its create"
  ),
  server(
    "every path is answered",
    "    default:\n      return undefined",
    '    default:\n      return { operation: "envd.health", handle: async () => ({ status: 204 }) }',
    "has calls that do not pass the proxy"
  ),
  stream(
    "a spoilt stream ends with another code",
    'new ConnectFailure(end, "spoilt',
    'new ConnectFailure("data_loss", "spoilt',
    "that end with invalid_argument",
    "that end with unauthenticated",
    "that end with not_found",
    "that end with resource_exhausted",
    "that end with unavailable",
    "that end with canceled",
    "that end with deadline_exceeded",
    "that become unavailable in the middle"
  ),
  stream(
    "a spoilt stream ends without its code",
    'isCode(end) ? new ConnectFailure(end, "spoilt on purpose") : undefined',
    "undefined",
    "that end with internal"
  ),
  host(
    "a dying sandbox ends its processes before its streams",
    "async #teardown(): Promise<void> {\n    this.cutStreams()\n",
    "async #teardown(): Promise<void> {\n",
    "that are cut say TimeoutError when the sandbox is gone",
    "is unknown to every later call, and its streams are cut"
  ),
  stream(
    "no stream is without its last envelope",
    'end === "no-end-frame"',
    'end === ""',
    "without their last envelope miss it"
  ),
  stream(
    "a stream without the process's end is an error",
    '"spoilt on purpose") : undefined',
    '"spoilt on purpose") : new ConnectFailure("internal", "")',
    "without the process's end say that it had no result"
  ),
  stream(
    "a stream is spoilt only in what waits",
    "    if (this.#left <= 0 && this.#response !== undefined) this.#endSpoilt()\n",
    "",
    "that are cut between the process's end",
    "that become unavailable in the middle"
  ),
  vocabulary(
    "the stream of a reconnect cannot be spoilt",
    'new Set(["process.start", "process.connect"])',
    'new Set(["process.start"])',
    "sees a stream that may be spoilt as the first one"
  )
]
