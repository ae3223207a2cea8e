// What has been broken in the calls about sandboxes: create, detail, lists, ends, pausing.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const routes = mutationsOf("src/simulator/e2b/SandboxRoutes.ts")
const fleet = mutationsOf("src/simulator/e2b/SandboxFleet.ts")
const record = mutationsOf("src/simulator/e2b/SandboxRecord.ts")
const listing = mutationsOf("src/simulator/e2b/SandboxListing.ts")
const network = mutationsOf("src/simulator/e2b/NetworkRules.ts")

export const sandboxCalls: ReadonlyArray<Mutation> = [
  routes(
    "a kill takes no effect",
    "    fleet.kill(id)\n",
    "    fleet.get(id)\n",
    "ControlApi › create, list, get, kill › a kill is true once, then false"
  ),
  record("metadata is not shown", "metadata: record.metadata", "metadata: {}", "a created sandbox is found by id"),
  record(
    "what happens at the end is not what the create said",
    "onTimeout: record.onTimeout }",
    'onTimeout: "pause" }',
    "a created sandbox is found by id"
  ),
  record(
    "the detail has no access token",
    '  ...optional("envdAccessToken", record.envdAccessToken),\n  ...optional("network"',
    '  ...optional("network"',
    "detail carries the access token"
  ),
  routes(
    "the first version always secures",
    "secured: wanted.secure === true",
    "secured: true",
    "the first version of create asks for no token"
  ),
  routes(
    "both versions live for 300 seconds",
    "defaultTimeout: 15",
    "defaultTimeout: 300",
    "two versions of create give 300 and 15 seconds"
  ),
  listing(
    "the metadata filter is decoded once too little",
    "[decodeURIComponent(key), decodeURIComponent(value)]",
    "[key, value]",
    "list filters by metadata"
  ),
  listing(
    "sandboxes of one millisecond have no order",
    " || (left.sandboxID < right.sandboxID ? -1 : 1)",
    " || 0",
    "list pages through all sandboxes"
  ),
  routes(
    "the total is that of the page",
    "String(page.totalRunning)",
    "String(page.sandboxes.length)",
    "list pages through all sandboxes",
    "counts the running ones on all pages"
  ),
  listing("pages have any size", " || limit > largestPage", "", "a page size outside 1 to 100"),
  fleet(
    "an end by time counts as a kill",
    'else this.#end(record, "timeout")',
    'else this.#end(record, "request")',
    "ControlApi › timeouts › a sandbox is gone at its end"
  ),
  fleet(
    "a sandbox lives a millisecond too long",
    "this.#options.timeline.at(record.endAt, ",
    "this.#options.timeline.at(record.endAt + 1, ",
    "ControlApi › timeouts › a sandbox is gone at its end",
    "EnvdProcess › life of a process › without a time limit",
    "happens at the end of life"
  ),
  fleet(
    "an extension is not cut at the plan's longest life",
    "record.endAt = Math.min(now + Math.max(0, seconds) * 1000, last)",
    "record.endAt = now + Math.max(0, seconds) * 1000",
    "an extension counts from now and is silently cut"
  ),
  fleet(
    "connect brings the end nearer",
    "if (this.#options.timeline.now() + seconds * 1000 > record.endAt) this",
    "this",
    "connect only ever brings the end further away",
    "a refresh never brings the end nearer"
  ),
  fleet(
    "a timeout of zero leaves a second",
    "Math.max(0, seconds)",
    "Math.max(1, seconds)",
    "a timeout of zero or less"
  ),
  fleet(
    "past the longest life an extension is the end",
    '    if (now > last) throw badRequest("Max instance length exceeded")\n',
    "",
    "an extension past the plan's longest life"
  ),
  fleet(
    "a paused sandbox can be extended",
    '    if (record.state !== "running") throw notRunning(sandboxID)\n    const now',
    "    const now",
    "an extension past the plan's longest life"
  ),
  fleet(
    "a create may outlive the plan's hours",
    "if (seconds > maxHours * 3600)",
    "if (seconds > maxHours * 36_000)",
    "a create beyond the plan's hours"
  ),
  fleet("a create may have no life", "if (seconds <= 0)", "if (seconds < 0)", "a create beyond the plan's hours"),
  fleet(
    "one sandbox more than the plan has",
    "this.#runningNow >= maxConcurrent",
    "this.#runningNow > maxConcurrent",
    "at the plan's concurrency",
    "hobby has 20",
    "pro has 100"
  ),
  routes(
    "metadata may be anything",
    "!isStringMap(body[name])",
    "false",
    "a body that is not what the contract asks for"
  ),
  listing("the order is always the same", 'order === "asc" ? -1 : 1', "1", "goes from the oldest to the newest"),
  listing("every template is listed", "record.template.templateID === template ||", "true ||", "keeps to a template"),
  listing("the instant is ignored", "record.startedAt >= Date.parse(startedAfter)", "true", "keeps to a template"),
  listing("the states are ignored", "states.includes(record.state)", "true", "shows paused sandboxes"),
  routes(
    "the first version lists paused sandboxes",
    '      .filter((record) => record.state === "running")\n',
    "",
    "in its first version has no pages"
  ),
  listing("a state may be any word", 'state !== "running" && state !== "paused"', 'state === ""', "with state=dead"),
  listing("an order may be any word", 'if (order !== "asc" && order !== "desc")', 'if (order === "")', "with order=up"),
  listing(
    "an instant may be any word",
    "startedAfter !== null && Number.isNaN(Date.parse(startedAfter))",
    'startedAfter === ""',
    "with startedAfter=yesterday"
  ),
  listing(
    "a cursor may be any text",
    "if (sandboxID === undefined || Number.isNaN(startedAt))",
    'if (sandboxID === "")',
    "with nextToken=x"
  ),
  listing("a page may be empty", "limit < 1 || ", "", "with limit=0"),
  listing(
    "a broken metadata filter filters nothing",
    'throw badRequest("Error when parsing metadata query")',
    "return []",
    "with metadata=a%3D%25"
  ),
  fleet(
    "an update of network rules keeps what it leaves out",
    "record.network = updatedNetwork(record.network, network)",
    "record.network = { ...record.network, ...network }",
    "Network › network rules › are kept from the create"
  ),
  fleet(
    "closed sandboxes have no token",
    "allowPublicTraffic === false ?",
    "allowPublicTraffic === true ?",
    "against public traffic"
  ),
  network(
    "domains are refused although all else is denied",
    "if (!closed && !allowed",
    "if (!allowed",
    "with a domain need everything else denied"
  ),
  network("domains can be denied", "if (domain !== undefined)", 'if (domain === "")', "that make no sense are refused"),
  network("any number of domains has rules", "> mostRuleDomains)", "> 1000)", "that make no sense are refused"),
  network("envd's port may be listed", ".includes(envdPort)", ".includes(0)", "that make no sense are refused"),
  fleet(
    "a paused sandbox can be paused",
    '    if (record.state !== "running") throw notRunning(sandboxID)\n    this.#pause(record)',
    "    this.#pause(record)",
    "Pause › pausing › is true once, then false"
  ),
  routes(
    "connect does not say that it resumed",
    "fleet.connect(id, timeoutOf(body, 300))\n    return { status: resumed ? 201 : 200",
    "fleet.connect(id, timeoutOf(body, 300))\n    return { status: resumed ? 200 : 200",
    "answers 200 when it runs and 201"
  ),
  fleet(
    "paused sandboxes count",
    "return this.#live.size - this.#paused.size",
    "return this.#live.size",
    "makes room in the plan"
  ),
  fleet(
    "no sandbox pauses at its end",
    'if (record.onTimeout === "pause")',
    "if (record.autoResume)",
    "happens at the end of life"
  ),
  routes(
    "metrics are there at once",
    "Math.ceil(record.startedAt / 1000) + metricsEverySeconds",
    "Math.ceil(record.startedAt / 1000)",
    "metrics are empty for the first seconds"
  ),
  routes("logs have an entry", "body: { logs: [] }", 'body: { logs: [{ line: "" }] }', "logs are there and empty"),
  fleet("a snapshot is never ready", 'build.status = "ready"', 'build.status = "building"', "a snapshot is a template"),
  fleet(
    "a fork without room fails whole",
    "        if (failure instanceof ControlFailure) return failure\n",
    "",
    "a fork tells of each copy"
  )
]
