// Sends what the documents' commands send, on a machine without curl: `node CurlStandIn.ts` in its place.
//
// Answers for: -X, -H, -d, -w, -o, -f, -sS and one address, as curl takes them; anything else ends it with 2, so that a
// command which it does not understand cannot pass.
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"

const { positionals, values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    request: { type: "string", short: "X" },
    header: { type: "string", short: "H", multiple: true },
    data: { type: "string", short: "d" },
    "write-out": { type: "string", short: "w" },
    output: { type: "string", short: "o" },
    fail: { type: "boolean", short: "f" },
    silent: { type: "boolean", short: "s" },
    "show-error": { type: "boolean", short: "S" }
  }
})
const [address = ""] = positionals
if (positionals.length !== 1) process.exit(2)

const headers = (values.header ?? []).map((line) => {
  const [name = "", ...value] = line.split(":")
  return [name, value.join(":").trim()] as [string, string]
})
const answer = await fetch(address, {
  method: values.request ?? (values.data === undefined ? "GET" : "POST"),
  headers,
  ...(values.data === undefined ? {} : { body: values.data })
})
if (values.fail === true && !answer.ok) process.exit(22)
const text = await answer.text()
if (values.output === undefined) process.stdout.write(text)
else writeFileSync(values.output, text)
process.stdout.write(
  (values["write-out"] ?? "").replaceAll("\\n", "\n").replaceAll("%{http_code}", String(answer.status))
)
