// Three hundred jobs under the limits of E2B and GitHub: how close runnerd comes to what they allow.
//
// Answers for: E2B's creates a second and sandboxes at once, GitHub's points a minute, all enforced by the simulators, in both
// registration modes; how many refusals that cost, and GitHub's calls for each job. runnerd is told E2B's rate and
// nothing else: how many sandboxes the plan allows it finds out.
// What is allowed is computed from the run itself: the earliest end that a client could reach which knows every limit
// and whose sandboxes live as long as these did. Runners are scripted (LocalWorld's `scripted`): they take the time of their
// jobs and no processes.
import { setTimeout as sleep } from "node:timers/promises"
import { callApi, type LocalWorld, startLocalWorld } from "../src/demo/LocalWorld.ts"
import { addBenchSpec, benchLabels, benchTemplate, runnerdEntry } from "./Targets.ts"
import { median, rounded, table } from "./Statistics.ts"

const jobs = 300
const perSecond = 5
const registrationsPerMinute = 180
const deadlineMillis = 300_000
/** A start that makes no call for so long is over. */
const quietMillis = 3_000

interface Setting {
  readonly mode: "jit" | "token"
  readonly atOnce: number
  /** Long enough with 20 at once that those are what is scarce, short enough with 100 that they are not. */
  readonly jobSeconds: number
}

const settings: ReadonlyArray<Setting> = [
  { mode: "jit", atOnce: 20, jobSeconds: 5 },
  { mode: "jit", atOnce: 100, jobSeconds: 5 },
  { mode: "token", atOnce: 20, jobSeconds: 5 },
  { mode: "token", atOnce: 100, jobSeconds: 5 }
]

/** When the last of these sandboxes would end, in seconds after the first event, if each began as early as the limits allow. */
const allowed = (lives: ReadonlyArray<number>, { atOnce, mode }: Setting): number => {
  const ends: Array<number> = []
  let tokens = perSecond
  let at = 0
  let window = { began: Number.NEGATIVE_INFINITY, used: 0 }
  for (const life of lives) {
    let begin = at + Math.max(0, 1 - tokens) / perSecond
    const living = ends.filter((end) => end > begin).sort((a, b) => a - b)
    if (living.length >= atOnce) begin = living[living.length - atOnce] ?? begin
    if (mode === "jit" && begin - window.began < 60 && window.used === registrationsPerMinute) begin = window.began + 60
    if (begin - window.began >= 60) window = { began: begin, used: 0 }
    window.used += 1
    tokens = Math.min(perSecond, tokens + (begin - at) * perSecond) - 1
    at = begin
    ends.push(begin + life)
  }
  return Math.max(...ends)
}

const sum = (counts: ReadonlyArray<readonly [string, number]>) => counts.reduce((total, [, count]) => total + count, 0)

/** How many calls to GitHub a new runnerd makes before anything is queued: its first looks at installations and repositories. */
const callsOfStart = async ({ github }: LocalWorld): Promise<number> => {
  const calls = () => sum(Object.entries(github.state().restCalls))
  for (let [before, now] = [-1, calls()]; ; [before, now] = [now, calls()]) {
    if (now > 0 && now === before) return now
    await sleep(quietMillis)
  }
}

const run = async (setting: Setting): Promise<ReadonlyArray<string>> => {
  const owner = "bench"
  const repositories = Array.from({ length: 20 }, (_, index) => `repository-${index}`)
  const world = await startLocalWorld({
    entry: runnerdEntry,
    installations: [{ id: 5151, owner, ownerType: "Organization", repositories }],
    templates: [benchTemplate],
    scripted: true,
    plan: { maxConcurrent: setting.atOnce, maxHours: 1, createsPerSecond: perSecond },
    githubRates: { enforced: true },
    settings: {
      "e2b.creates_per_second": perSecond,
      "github.registration_mode": setting.mode,
      "worker.max_concurrent_runners": "unlimited"
    }
  })
  const runnerd = await world.startRunnerd()
  try {
    await addBenchSpec(runnerd)
    const atStart = await callsOfStart(world)
    const began = Date.now()
    for (const repository of repositories) {
      world.github.machine.createRun({
        repository: `${owner}/${repository}`,
        workflow: "ci",
        jobs: Array.from({ length: jobs / repositories.length }, (_, index) => ({
          name: `job-${index}`,
          labels: benchLabels,
          steps: [{ name: "work", seconds: setting.jobSeconds }]
        }))
      })
    }
    const left = () => world.github.state().jobs.filter((job) => job.status !== "completed").length
    while (left() > 0 || world.e2b.fleet.counts().running > 0) {
      if (Date.now() - began > deadlineMillis) throw new Error(`${left()} jobs left after ${deadlineMillis} ms`)
      await sleep(50)
    }
    const ended = world.e2b.fleet.ended().filter((record) => record.ended !== undefined)
    const lives = ended.map((record) => ((record.ended?.at ?? 0) - record.startedAt) / 1000)
    const last = Math.max(...ended.map((record) => record.ended?.at ?? 0))
    const took = (last - began) / 1000
    const could = allowed(lives, setting)
    const { restCalls, restStatuses } = world.github.state()
    const refusedByGitHub = Object.entries(restStatuses).filter(([key]) => / (403|429)$/.test(key))
    const failed = (
      await callApi<ReadonlyArray<{ readonly status: string }>>(runnerd.url, "GET", "/runner_requests?limit=500")
    ).filter(({ status }) => status === "failed").length
    return [
      `${setting.mode}, ${setting.atOnce} at once`,
      `${rounded(took, 1)} s`,
      `${rounded(could, 1)} s`,
      `${rounded((could / took) * 100, 1)} %`,
      String(world.e2b.fleet.counts().refusedCreates),
      String(sum(refusedByGitHub)),
      rounded((sum(Object.entries(restCalls)) - atStart) / jobs, 2),
      String(atStart),
      String(ended.length),
      `${rounded(median(lives), 1)} s`,
      String(failed)
    ]
  } finally {
    await runnerd.kill()
    await world.close()
  }
}

export const limits = async (): Promise<void> => {
  const rows: Array<ReadonlyArray<string>> = []
  for (const setting of settings) rows.push(await run(setting))
  console.log(
    `${jobs} jobs over 20 repositories at once; E2B: ${perSecond} creates a second; GitHub: ${registrationsPerMinute} registrations a minute.`
  )
  console.log(
    table(
      [
        "mode, sandboxes",
        "took",
        "allowed",
        "of it",
        "E2B's 429",
        "GitHub's 403/429",
        "GitHub calls/job",
        "before",
        "sandboxes",
        "a sandbox's life",
        "failed"
      ],
      rows
    )
  )
}
