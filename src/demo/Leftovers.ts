// Whether anything is left: sandboxes, runners, processes, the folder.
//
// Answers for: looking, and one line for each kind. Not for removing (LocalWorld.close).
// Gotcha: only what belongs to this demo counts: another one, or a test, may run on the same machine.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { processMarker } from "../simulator/e2b/SandboxWorld.ts"
import type { LocalWorld } from "./LocalWorld.ts"

export interface Leftovers {
  /** For example `sandbox at E2B`. */
  readonly kind: string
  readonly found: ReadonlyArray<string>
}

/** Every sandbox there ever was, as far as the simulator remembers: it forgets them when it is closed. */
export const knownSandboxes = (world: LocalWorld): ReadonlySet<string> =>
  new Set([...world.e2b.fleet.ended(), ...world.e2b.fleet.live()].map((record) => record.sandboxID))

export const sandboxesLeft = (world: LocalWorld): Leftovers => ({
  kind: "sandbox at E2B",
  found: [...world.e2b.fleet.live()].map((record) => record.sandboxID)
})

export const runnersLeft = (world: LocalWorld): Leftovers => ({
  kind: "runner at GitHub",
  found: [...world.github.machine.registry.byId.values()].map((runner) => runner.name)
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The sandbox in whose environment the process runs; undefined also when it ended or is not ours to read. */
const sandboxOf = (pid: string): string | undefined => {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")
    return environment.find((entry) => entry.startsWith(`${processMarker}=`))?.slice(processMarker.length + 1)
  } catch {
    return undefined
  }
}

/**
 * Processes of the given sandboxes, found by the mark in their environment. `pids`: what is known to have run in them,
 * which is all that can be asked about where there is no /proc.
 */
export const processesLeft = (sandboxes: ReadonlySet<string>, pids: ReadonlyArray<number>): ReadonlyArray<string> => {
  if (!existsSync("/proc/self/environ")) return pids.filter(isAlive).map(String)
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && sandboxes.has(sandboxOf(name) ?? ""))
}

export const folderLeft = (world: LocalWorld): Leftovers => ({
  kind: "temporary folder",
  found: existsSync(world.folder) ? [world.folder] : []
})

/** One line for each; true when nothing is left at all. */
export const tellLeftovers = (all: ReadonlyArray<Leftovers>): boolean => {
  for (const { kind, found } of all) {
    console.log(found.length === 0 ? `No ${kind} is left.` : `LEFT, ${kind}: ${found.join(", ")}`)
  }
  return all.every(({ found }) => found.length === 0)
}
