// What can happen between runnerd and PostgreSQL: connections that break, a server that is away or hangs, a commit without an answer.
//
// Answers for: passing bytes on, both ways, until told otherwise. Gotcha: it knows a commit by the word that answers it, so no
// value in a test may hold that.
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** The server's word that a commit took place. */
const committed = "COMMIT"

export class PostgresProxy {
  readonly #target: URL
  readonly #server = createServer((client) => this.#join(client))
  readonly #sockets = new Set<Socket>()
  #away = false
  #silent = false
  #losesCommit = false

  private constructor(target: URL) {
    this.#target = target
  }

  /** `url`: of the database behind it. */
  static async start(url: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(new URL(url))
    proxy.#server.listen(0, "127.0.0.1")
    await once(proxy.#server, "listening")
    return proxy
  }

  /** Of the same database, by way of this. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = "127.0.0.1"
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  /** Breaks every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Nobody can connect any more, and every connection breaks; or all can again. */
  setAway(away: boolean): void {
    this.#away = away
    if (away) this.cut()
  }

  /** Nothing is passed on any more, and nothing breaks; or everything is. */
  setSilent(silent: boolean): void {
    this.#silent = silent
    for (const socket of this.#sockets) {
      if (silent) socket.pause()
      else socket.resume()
    }
  }

  /** The next commit takes place, and its connection breaks before the answer. */
  loseNextCommit(): void {
    this.#losesCommit = true
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, "close")
  }

  #join(client: Socket): void {
    if (this.#away) return void client.destroy()
    const server = connect(Number(this.#target.port), this.#target.hostname)
    const pass = (from: Socket, to: Socket, look: (chunk: Buffer) => boolean) => {
      this.#sockets.add(from)
      if (this.#silent) from.pause()
      from.on("data", (chunk: Buffer) => {
        if (look(chunk)) to.write(chunk)
      })
      from.on("error", () => to.destroy())
      from.on("close", () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
    pass(client, server, () => true)
    pass(server, client, (chunk) => {
      if (!this.#losesCommit || !chunk.includes(committed)) return true
      this.#losesCommit = false
      client.destroy()
      return false
    })
  }
}
