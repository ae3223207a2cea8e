// envd's process service: Start, Connect, List, SendSignal, SendInput, CloseStdin.
//
// Answers for: the calls' forms. Not for what processes do (HostedProcess) nor for the protocol (ConnectProtocol).
// Gotchas: the user comes from a Basic authorization that carries no password. `Connect-Timeout-Ms` on Start is the
// process' life span; on Connect it bounds only the stream. Process ids end at the sandbox's border: another sandbox's
// are unknown here.
import { ConnectFailure, ConnectStream, streamFailure, streamRequest, unaryFailure } from "./ConnectProtocol.ts"
import type { Answer, Call } from "./HttpAnswer.ts"
import type { HostedProcess, ProcessConfig } from "./HostedProcess.ts"
import type { EnvdRoute } from "./EnvdRoute.ts"
import type { ProcessSelector, SandboxHost } from "./SandboxHost.ts"

type Fields = Readonly<Record<string, unknown>>

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {})

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

const selector = (value: unknown): ProcessSelector => {
  const { pid, tag } = fields(value)
  if (typeof pid === "number") return { pid }
  if (typeof tag === "string") return { tag }
  throw new ConnectFailure("unimplemented", "invalid process selector")
}

const processConfig = (value: unknown): ProcessConfig => {
  const { cmd, args = [], envs, cwd } = fields(value)
  if (typeof cmd !== "string" || !Array.isArray(args)) throw new ConnectFailure("invalid_argument", "invalid process")
  return { cmd, args: args.map(String), envs: fields(envs) as Record<string, string>, cwd: text(cwd) }
}

const userOf = (call: Call): string => {
  const [scheme, credentials] = (call.headers.authorization ?? "").split(" ")
  if (scheme !== "Basic" || credentials === undefined) return "user"
  return Buffer.from(credentials, "base64").toString().split(":")[0] || "user"
}

const numberHeader = (call: Call, name: string): number | undefined => {
  const value = call.headers[name]
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0) throw new ConnectFailure("invalid_argument", `invalid header ${name}`)
  return number === 0 ? undefined : number
}

/** envd's own, in seconds, when the client asks for none. */
const defaultKeepalive = 90

const newStream = (call: Call): ConnectStream =>
  new ConnectStream({
    everyMs: (numberHeader(call, "keepalive-ping-interval") ?? defaultKeepalive) * 1000,
    message: { event: { keepalive: {} } }
  })

const start = async (host: SandboxHost, call: Call): Promise<Answer> => {
  const message = fields(streamRequest(call.body))
  const stream = newStream(call)
  await host.start(
    {
      config: processConfig(message["process"]),
      tag: text(message["tag"]),
      stdin: message["stdin"] !== false,
      user: userOf(call),
      timeoutMs: numberHeader(call, "connect-timeout-ms")
    },
    stream
  )
  return stream.answer()
}

const connect = async (host: SandboxHost, call: Call): Promise<Answer> => {
  const message = fields(streamRequest(call.body))
  const found = host.find(selector(message["process"]))
  const stream = newStream(call)
  const limit = numberHeader(call, "connect-timeout-ms")
  if (limit !== undefined) {
    const expired = new ConnectFailure("deadline_exceeded", "context deadline exceeded")
    const timer = setTimeout(() => stream.end(expired), limit).unref()
    stream.onClosed(() => clearTimeout(timer))
  }
  host.listen(found, stream)
  return stream.answer()
}

const listed = (process: HostedProcess) => ({
  pid: process.pid,
  config: {
    cmd: process.config.cmd,
    ...(process.config.args.length === 0 ? {} : { args: process.config.args }),
    ...(Object.keys(process.config.envs).length === 0 ? {} : { envs: process.config.envs }),
    ...(process.config.cwd === undefined ? {} : { cwd: process.config.cwd })
  },
  ...(process.tag === undefined ? {} : { tag: process.tag })
})

type Unary = (host: SandboxHost, message: Fields) => unknown

const list: Unary = (host) => ({
  processes: host
    .processes()
    .filter((process) => process.running)
    .map(listed)
})

const sendSignal: Unary = (host, message) => {
  const process = host.find(selector(message["process"]))
  const { signal } = message
  if (signal !== "SIGNAL_SIGKILL" && signal !== "SIGNAL_SIGTERM") {
    throw new ConnectFailure("unimplemented", `invalid signal: ${text(signal) ?? "SIGNAL_UNSPECIFIED"}`)
  }
  if (!process.running) throw new ConnectFailure("not_found", `process with pid ${process.pid} not found`)
  process.signal(signal === "SIGNAL_SIGKILL" ? "SIGKILL" : "SIGTERM")
  return {}
}

const sendInput: Unary = (host, message) => {
  const process = host.find(selector(message["process"]))
  const { stdin } = fields(message["input"])
  if (typeof stdin !== "string") throw new ConnectFailure("unimplemented", "invalid input type")
  process.write(Buffer.from(stdin, "base64"))
  return {}
}

const closeStdin: Unary = (host, message) => {
  host.find(selector(message["process"])).closeStdin()
  return {}
}

const unary = (method: Unary) => async (host: SandboxHost, call: Call) => {
  try {
    return { status: 200, body: method(host, fields(JSON.parse(call.body.toString() || "{}"))) }
  } catch (failure) {
    if (failure instanceof SyntaxError) return unaryFailure(new ConnectFailure("invalid_argument", "unmarshal message"))
    if (failure instanceof ConnectFailure) return unaryFailure(failure)
    throw failure
  }
}

const streaming =
  (method: (host: SandboxHost, call: Call) => Promise<Answer>) => async (host: SandboxHost, call: Call) => {
    try {
      return await method(host, call)
    } catch (failure) {
      if (failure instanceof ConnectFailure) return streamFailure(failure)
      throw failure
    }
  }

export const processRoutes: Readonly<Record<string, EnvdRoute>> = {
  "/process.Process/Start": { operation: "process.start", handle: streaming(start) },
  "/process.Process/Connect": { operation: "process.connect", handle: streaming(connect) },
  "/process.Process/List": { operation: "process.list", handle: unary(list) },
  "/process.Process/SendSignal": { operation: "process.signal", handle: unary(sendSignal) },
  "/process.Process/SendInput": { operation: "process.input", handle: unary(sendInput) },
  "/process.Process/CloseStdin": { operation: "process.closeStdin", handle: unary(closeStdin) }
}
