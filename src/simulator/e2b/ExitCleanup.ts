// The last chance to clean up when this process ends without close().
//
// Answers for: running actions at exit, or at SIGINT, SIGTERM or SIGHUP when nobody else handles the signal (then it is
// raised again, so that the exit status tells the truth; otherwise the other handler decides, and `exit` comes later).
// Gotchas: the actions must be synchronous. SIGKILL cannot be met: what ran then survives.

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
const actions = new Set<() => void>()

const runAll = (): void => {
  for (const action of actions) action()
  actions.clear()
}

const onSignal = (signal: NodeJS.Signals): void => {
  if (process.listenerCount(signal) > 1) return
  runAll()
  uninstall()
  process.kill(process.pid, signal)
}

const uninstall = (): void => {
  process.off("exit", runAll)
  for (const signal of signals) process.off(signal, onSignal)
}

/** The answer takes the action back. */
export const killAtExit = (action: () => void): (() => void) => {
  if (actions.size === 0) {
    process.on("exit", runAll)
    for (const signal of signals) process.on(signal, onSignal)
  }
  actions.add(action)
  return () => {
    if (actions.delete(action) && actions.size === 0) uninstall()
  }
}
