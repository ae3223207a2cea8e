// One shell command of a job.
//
// Answers for: its output by lines, its exit code, and killing it with all its descendants. Gotcha: descendants are found
// in /proc rather than by a process group of their own, so that they stay in the group by which a sandbox may end them.
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
    let tree = []
    let timer
    const stop = () => {
      if (child.pid === undefined) return
      tree = descendants(child.pid)
      killAll(tree, "SIGINT")
      timer = setTimeout(() => killAll(tree, "SIGKILL"), killDelayMillis)
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
      // Once their parent is gone the rest can no longer be found as its descendants.
      killAll(tree, "SIGKILL")
      // A process left in the background may hold the output open for ever.
      timer = setTimeout(() => end(code ?? -1), drainMillis)
    })
    child.on("close", (code) => end(code ?? -1))
  })
