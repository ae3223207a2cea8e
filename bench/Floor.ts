// The floor that intake is held against: the least that a signed, durable intake can do on Node.js. Run as a process of
// its own: `node bench/Floor.ts <database file> <secret>` prints `listening <port>`.
//
// Bare node:http, HMAC-SHA256 compared in constant time, JSON.parse, and one insert of the delivery with its body, with
// runnerd's pragmas. Requests that arrive together share one transaction and are answered after its commit.
// It has no routes, no validation, no facts, no admission and no requests: a figure to compare with, not a competitor.
import { createHmac, timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { DatabaseSync } from "node:sqlite"
import { pragmas } from "../src/services/store/SqliteClient.ts"

const [, , filename = ":memory:", secret = ""] = process.argv

const database = new DatabaseSync(filename)
for (const pragma of pragmas) database.exec(pragma)
database.exec(`CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY, guid TEXT, event TEXT NOT NULL, action TEXT, repository TEXT, job_id BIGINT,
  received_at BIGINT NOT NULL, body TEXT
)`)
database.exec("CREATE UNIQUE INDEX deliveries_by_guid ON deliveries (guid)")
const begin = database.prepare("BEGIN IMMEDIATE")
const commit = database.prepare("COMMIT")
const insert = database.prepare(
  "INSERT INTO deliveries (guid, event, action, repository, job_id, received_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
)

interface Waiting {
  readonly row: ReadonlyArray<string | number>
  readonly response: ServerResponse
}

let waiting: Array<Waiting> = []

const commitWaiting = (): void => {
  const batch = waiting
  waiting = []
  begin.run()
  for (const { row } of batch) insert.run(...row)
  commit.run()
  for (const { response } of batch) answer(response, 202, "accepted")
}

const answer = (response: ServerResponse, status: number, text: string): void => {
  const body = JSON.stringify({ status: text })
  response.writeHead(status, { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) })
  response.end(body)
}

const signed = (body: Buffer, signature: string): boolean => {
  const wanted = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`)
  const given = Buffer.from(signature)
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}

const take = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
  if (!signed(body, String(request.headers["x-hub-signature-256"]))) return answer(response, 401, "refused")
  const text = body.toString("utf8")
  const payload = JSON.parse(text) as {
    readonly action: string
    readonly repository: { readonly full_name: string }
    readonly workflow_job: { readonly id: number }
  }
  const guid = String(request.headers["x-github-delivery"])
  const event = String(request.headers["x-github-event"])
  const row = [guid, event, payload.action, payload.repository.full_name, payload.workflow_job.id, Date.now(), text]
  if (waiting.push({ row, response }) === 1) setImmediate(commitWaiting)
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => take(request, response, Buffer.concat(chunks)))
})

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`)
})
process.once("SIGTERM", () => process.exit(0))
