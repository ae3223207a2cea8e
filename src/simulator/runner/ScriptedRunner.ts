// A runner that costs no process: a program for ScriptedCommands.ts that plays runnerd's start script and the runner under it.
//
// Answers for: the start script's part (its data file, both modes, tries of a registration, run.sh's loop), with the lines
// that it, config.sh and run.sh print. What the runner does is in ScriptedListener.ts and ScriptedJob.ts.
// Gotchas: it speaks with the machine in memory: faults and limits of GitHub's HTTP interface do not reach it, runner faults
// do. All its time is the given clock's, and all it draws is nothing: the same calls lead to the same lines. Its pauses are
// the stand-in's, RUNNER_STANDIN_PAUSE_SECONDS included. Any other command is unknown to it.
import type { ScriptedProgram } from "../e2b/ScriptedCommands.ts"
import type { SandboxFiles } from "../e2b/SandboxFiles.ts"
import type { SimulatorClock } from "../github/Environment.ts"
import type { GitHubMachine } from "../github/machine/GitHubMachine.ts"
import { Refused } from "../github/machine/Refused.ts"
import { allowRegistration } from "../github/machine/TokenRegistration.ts"
import { standInVersion } from "./RunnerStandIn.ts"
import { workFolder } from "./ScriptedJob.ts"
import { ScriptedLife } from "./ScriptedLife.ts"
import { scriptedListener } from "./ScriptedListener.ts"

const registrationTries = 10
const goLooks = 600
const goPauseMillis = 200
const saidEveryLooks = 25
const nothingToStartFrom = 1
const notRegistered = 2
const neverTold = 3
const unknownCommand = 127

type Values = ReadonlyMap<string, string>

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("utf8")

/** `name base64` per line. The file is gone when this resolves; null when it never was. */
const takeData = async (files: SandboxFiles, path: string): Promise<Values | null> => {
  if ((await files.find(path)) === undefined) return null
  const text = (await files.read(path)).toString("utf8")
  await files.remove(path)
  const pairs = text.split("\n").filter((line) => line !== "")
  return new Map(
    pairs.map((line) => {
      const [name = "", value = ""] = line.split(" ")
      return [name, decoded(value)]
    })
  )
}

/** The runner's credential out of a JIT configuration; empty when it is none. */
const credentialOf = (jitConfig: string): string => {
  try {
    const files = JSON.parse(decoded(jitConfig)) as { readonly ".credentials": string }
    const { data } = JSON.parse(decoded(files[".credentials"])) as { readonly data: { readonly token: string } }
    return data.token
  } catch {
    return ""
  }
}

/** config.sh: the runner's credential, or null after GitHub's refusal was printed. */
const configure = (life: ScriptedLife, machine: GitHubMachine, values: Values): string | null => {
  const value = (name: string) => values.get(name) ?? ""
  for (const line of ["", "# Authentication", ""]) life.say(line)
  try {
    const { register } = allowRegistration(machine, {
      token: value("token"),
      url: value("url"),
      version: standInVersion,
      name: value("runner_name"),
      labels: value("labels")
        .split(",")
        .filter((label) => label !== ""),
      group: value("runner_group"),
      ephemeral: true,
      replace: true,
      workFolder: "_work"
    })
    const runner = register()
    for (const line of ["√ Connected to GitHub", "", "# Runner Registration", "", "√ Runner successfully added"]) {
      life.say(line)
    }
    for (const line of ["√ Runner connection is good", "", "# Runner settings", "", "√ Settings Saved.", ""]) {
      life.say(line)
    }
    return runner.token
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal
    const { status, message } = refusal
    life.sayError(`Http response code: ${status} from 'POST ${machine.serverUrl}/actions/runner-registration'`)
    life.sayError(JSON.stringify({ message }))
    life.sayError(`Response status code does not indicate success: ${status} (${message}).`)
    return null
  }
}

/** False: nobody said that it may listen. */
const awaitGo = async (life: ScriptedLife, files: SandboxFiles, path: string): Promise<boolean> => {
  for (let look = 0; look < goLooks; look += 1) {
    if (look % saidEveryLooks === 0) life.say("::runnerd::registered")
    if ((await files.find(path)) !== undefined) {
      await files.remove(path)
      return true
    }
    await life.wait(goPauseMillis)
  }
  return false
}

const register = async (life: ScriptedLife, machine: GitHubMachine, values: Values): Promise<string | null> => {
  for (let count = 1; ; count += 1) {
    const credential = configure(life, machine, values)
    if (credential !== null) return credential
    life.sayError(`runnerd: registration failed, try ${count} of ${registrationTries}`)
    if (count >= registrationTries) return null
    await life.wait(1000)
  }
}

/** run.sh: keeps the listener going, and says little with its exit code. */
const runScript = async (life: ScriptedLife, listener: () => Promise<number>): Promise<number> => {
  for (;;) {
    const code = await listener()
    if (code === 2) {
      life.say("Runner listener exit with retryable error, re-launch runner in 5 seconds.")
      await life.pause(5000)
      life.say("Restarting runner...")
      continue
    }
    if (code === 7) {
      life.say(`Runner listener exit with deprecated version exit code: ${code}.`)
      return code
    }
    if (code === 0) life.say("Runner listener exit with 0 return code, stop the service, no retry needed.")
    else if (code === 1) life.say("Runner listener exit with terminated error, stop the service, no retry needed.")
    else if (code === 5) {
      life.say("Runner listener exit with Session Conflict error, stop the service, no retry needed.")
    } else life.say(`Exiting with unknown error code: ${code}`)
    life.say("Exiting runner...")
    return 0
  }
}

export const scriptedRunner =
  (machine: GitHubMachine, clock: SimulatorClock): ScriptedProgram =>
  async (process) => {
    const life = new ScriptedLife(process, clock)
    const { args, files } = process.request
    const fail = (code: number, message: string) => {
      life.sayError(`runnerd: ${message}`)
      return code
    }
    const command = args.at(-1) ?? ""
    const folder = /(\/[\w./-]+)\/start-runner\.sh"?$/.exec(command)?.[1]
    if (folder === undefined) {
      life.sayError(`bash: ${command}: command not found`)
      return unknownCommand
    }
    const values = await takeData(files, `${folder}/start-runner.data`)
    if (values === null) return fail(nothingToStartFrom, `${folder}/start-runner.data is missing`)
    await files.makeDirectory(`${workFolder}/.runnerd`)
    const value = (name: string) => values.get(name) ?? ""
    if (value("mode") !== "jit" && value("mode") !== "token") return fail(nothingToStartFrom, "unknown mode")
    const credential =
      value("mode") === "jit" ? credentialOf(value("jit_config")) : await register(life, machine, values)
    if (credential === null) return fail(notRegistered, "the runner could not be registered")
    if (value("mode") === "token" && !(await awaitGo(life, files, `${folder}/start-runner.go`))) {
      return fail(neverTold, "nobody told this runner to listen within two minutes")
    }
    const data = {
      sandboxId: value("sandbox_id"),
      requestId: value("request_id"),
      runnerName: value("runner_name"),
      traceId: value("trace_id")
    }
    return runScript(life, () => scriptedListener({ life, machine, credential, data }))
  }
