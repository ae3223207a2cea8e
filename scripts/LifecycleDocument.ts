// docs/lifecycle.md, made from the code: the transitions, and who acts next in each status.
//
// `npm run docs` writes the file; test/LifecycleDocument.test.ts fails when it is out of date.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { nextActor } from "../src/domain/NextActor.ts"
import { transitions } from "../src/domain/RequestLifecycle.ts"
import { RequestStatus, type RunnerRequest } from "../src/domain/RunnerRequest.ts"
import { TimelineCode } from "../src/domain/Timeline.ts"
import { queuedRequest } from "../src/services/store/NewRequest.ts"
import { table } from "./MarkdownTable.ts"

const code = (names: ReadonlyArray<string>) => names.map((name) => `\`${name}\``).join(", ")

const statuses: Record<RequestStatus, string> = {
  queued: "waits for its turn, or for its next attempt's due time; nothing of it is outside",
  creating: "a sandbox is created, a runner registered and started",
  running: "the runner was started: it gets ready, waits for a job or works on one",
  stopping: "sandbox and registration are removed; `outcome` says what it becomes then",
  completed: "over, and nothing is left outside; never changes again",
  failed: "over for a reason that is shown, and nothing is left outside; changes only when somebody asks for a retry"
}

const bounds = { ready: 1, idle: 1, life: 1, create: 1, call: 1 }

const whoActs = (request: RunnerRequest): string => {
  const next = nextActor(request, 0, bounds, () => true)
  return next.who === "nobody" ? "nobody" : next.because
}

const sample = (over: Partial<RunnerRequest>): RunnerRequest => ({
  ...queuedRequest({
    id: "1",
    jobId: 1,
    repository: "acme/web",
    specName: "small",
    pool: null,
    requestedLabels: [],
    labels: [],
    runnerGroup: null,
    traceContext: null,
    queuedAt: 0
  }),
  ...over
})

const whoActsIn = (status: RequestStatus): ReadonlyArray<string> => [
  `\`${status}\``,
  statuses[status],
  whoActs(sample({ status, owner: "node" })),
  whoActs(sample({ status }))
]

export const lifecycleDocument = (): string => `# The life of a request

This file is made from \`src/domain\` by \`npm run docs\`; change the code, then run that.

## Statuses

A node that is alive and holds a request acts on news about it at once. Without news somebody acts because of the third
column when a node holds it, and because of the fourth when nobody alive does; then any node with room takes it.

${table(["status", "meaning", "its owner acts, because", "any node acts, because"], RequestStatus.literals.map(whoActsIn))}

## Transitions

A fact that arrives in a status which its row does not name changes nothing.

${table(
  ["fact", "in", "leads to", "meaning"],
  transitions.map(({ fact, from, meaning, to }) => [`\`${fact}\``, code(from), code(to), meaning])
)}

## Codes of the timeline

${code(TimelineCode.literals)}. What they and the failure reasons mean for an operator is in [operations.md](operations.md).
`

const file = fileURLToPath(new URL("../docs/lifecycle.md", import.meta.url))

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, lifecycleDocument())
