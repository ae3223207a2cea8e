// Ends every process of a sandbox, whatever it did to hide.
//
// Answers for: that after `kill` no process carries the sandbox's marker. A child may leave its process group and
// session (setsid, daemons), so groups are not enough: on Linux every process whose environment holds the marker is
// killed, with its descendants, again and again until a look at /proc finds none.
// Gotchas: a process that both cleared its environment and was orphaned is not found. Without /proc (other systems)
// only the process groups of the started commands are killed. One look at /proc serves all sandboxes that ended since
// the last one, because a look costs some ten milliseconds on a busy machine.
import { readFileSync, readdirSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { processMarker } from "./SandboxWorld.ts"

const assignment = Buffer.from(`${processMarker}=`)

interface Seen {
  readonly pid: number
  readonly parent: number
  /** The sandbox whose marker the process carries. */
  readonly sandboxID: string | undefined
}

const sandboxOf = (environ: Buffer): string | undefined => {
  for (let at = environ.indexOf(assignment); at >= 0; at = environ.indexOf(assignment, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue
    const end = environ.indexOf(0, at)
    return environ.subarray(at + assignment.length, end < 0 ? environ.length : end).toString()
  }
  return undefined
}

const look = (pid: number): Seen | undefined => {
  try {
    // The command's name stands in brackets and may hold anything; the state and the parent follow the last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    if (state === "Z" || state === "X") return undefined
    return { pid, parent: Number(parent), sandboxID: sandboxOf(readFileSync(`/proc/${pid}/environ`)) }
  } catch {
    // Gone meanwhile, or not ours to read.
    return undefined
  }
}

const processTable = (): ReadonlyArray<Seen> | undefined => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => look(Number(name)) ?? [])
  } catch {
    return undefined
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // Already gone.
  }
}

/** Running processes of the given sandboxes. Undefined where there is no /proc. */
const processesOf = (sandboxIDs: ReadonlySet<string>): ReadonlyArray<number> | undefined => {
  const table = processTable()
  if (table === undefined) return undefined
  const found = new Set<number>()
  for (const seen of table) if (seen.sandboxID !== undefined && sandboxIDs.has(seen.sandboxID)) found.add(seen.pid)
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const seen of table) if (found.has(seen.parent)) found.add(seen.pid)
  }
  found.delete(process.pid)
  return [...found]
}

/** To a process group that may be gone by now. */
export const signalGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal)
  } catch {
    // Already gone.
  }
}

/** One round; the answer is how many were still there. Synchronous, for use at exit. */
export const killNow = (sandboxIDs: ReadonlySet<string>, groups: ReadonlyArray<number>): number => {
  const found = processesOf(sandboxIDs)
  // With /proc at hand groups are left alone: an id may have passed on to a process that is none of ours.
  for (const pid of found ?? groups.map((group) => -group)) kill(pid)
  return found?.length ?? 0
}

const mostRounds = 200

export class ProcessTree {
  #due = new Set<string>()
  #groups: Array<number> = []
  #sweep: Promise<void> | undefined

  /** Resolves when no process of the sandbox is left. `groups`: process groups that are known to live. */
  kill(sandboxID: string, groups: ReadonlyArray<number>): Promise<void> {
    this.#due.add(sandboxID)
    this.#groups.push(...groups)
    this.#sweep ??= this.#sweepSoon()
    return this.#sweep
  }

  async #sweepSoon(): Promise<void> {
    await sleep(1)
    const sandboxIDs = this.#due
    const groups = this.#groups
    this.#due = new Set()
    this.#groups = []
    this.#sweep = undefined
    for (let round = 0; round < mostRounds && killNow(sandboxIDs, groups) > 0; round += 1) await sleep(2)
  }
}
