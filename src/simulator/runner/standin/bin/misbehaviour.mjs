// What a runner does wrong on purpose, once its session told it so (machine/RunnerFaults.ts has the list).
//
// Answers for: dying, and leaving things behind. Where it happens is in listener.mjs and job.mjs.
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Dies as by the kernel's hand: no goodbye to GitHub, and run.sh sees code 137. */
export const crash = () => process.kill(process.pid, "SIGKILL")

/** A file, and a process that the runner's search for orphans does not find. */
export const leaveThingsBehind = (env) => {
  const { RUNNER_TRACKING_ID: _, ...unmarked } = env
  mkdirSync(env.RUNNER_TEMP, { recursive: true })
  const script = join(env.RUNNER_TEMP, "leftover.sh")
  // Waits without a process of its own, on a pipe in which nobody ever writes.
  writeFileSync(script, `echo $$ > "$0.pid"\nexec 9<> <(:)\nread -r -u 9 -t 3600\n`)
  spawn("bash", [script], { env: unmarked, detached: true, stdio: "ignore" }).unref()
}
