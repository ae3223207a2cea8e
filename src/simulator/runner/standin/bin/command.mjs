// One shell command of a job.
//
// Answers for: its output by lines, its exit code, and killing it with all that it started. Gotchas: processes are found in
// /proc rather than by a process group of their own, so that they stay in the group by which a sandbox may end them; those
// whose parent is gone are found by RUNNER_TRACKING_ID in their environment, as the real runner finds them.
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

const killDelayMillis = 7500
const drainMillis = 5000

const descendants = (pid) => {
  const children = new Map()
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8")
      // The name, in parentheses, may itself hold spaces and parentheses.
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
    } catch {
      // It ended while we looked.
    }
  }
  const found = [pid]
  for (let index = 0; index < found.length; index++) found.push(...(children.get(found[index]) ?? []))
  return found
}

const killAll = (pids, signal) => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended already.
    }
  }
}

/** Kills what still runs of a job, and returns the ids of those processes. */
export const killOrphans = (trackingId) => {
  const wanted = `RUNNER_TRACKING_ID=${trackingId}`
  const found = readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false
    try {
      return readFileSync(`/proc/${entry}/environ`, "latin1").split("\0").includes(wanted)
    } catch {
      // It ended while we looked, or belongs to somebody else.
      return false
    }
  })
  killAll(found.map(Number), "SIGKILL")
  return found
}

const lines = (onLine) => {
  let rest = ""
  const push = (chunk) => {
    const parts = (rest + chunk).split("\n")
    rest = parts.pop()
    for (const part of parts) onLine(part)
  }
  const flush = () => {
    if (rest !== "") onLine(rest)
  }
  return { push, flush }
}

/** Resolves the exit code; -1 when killed by a signal, 127 when it could not be started. */
export const runCommand = ({ command, args, cwd, env, onLine, signal }) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    const streams = [child.stdout, child.stderr].map((stream) => {
      const collected = lines(onLine)
      stream.setEncoding("utf8")
      stream.on("data", collected.push)
      return collected
    })
    let stopped = false
    let timer
    const stop = () => {
      if (child.pid === undefined) return
      stopped = true
      killAll(descendants(child.pid), "SIGINT")
      timer = setTimeout(() => killOrphans(env.RUNNER_TRACKING_ID), killDelayMillis)
    }
    if (signal?.aborted) stop()
    signal?.addEventListener("abort", stop)
    const end = (code) => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", stop)
      for (const stream of streams) stream.flush()
      resolve(code)
    }
    child.on("error", (error) => {
      onLine(`##[error]${error.message}`)
      end(127)
    })
    child.on("exit", (code) => {
      clearTimeout(timer)
      if (stopped) killOrphans(env.RUNNER_TRACKING_ID)
      // A process left in the background may hold the output open for ever.
      timer = setTimeout(() => end(code ?? -1), drainMillis)
    })
    child.on("close", (code) => end(code ?? -1))
  })
