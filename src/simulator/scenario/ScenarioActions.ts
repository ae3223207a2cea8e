// What each action of a scenario is in calls of the control interfaces.
//
// Answers for: nothing that a scenario does could not be done by hand with curl. Actions that name a job or a workflow are
// given its id by the player. Pure.
import { runDefinition } from "./RunDefinitions.ts"
import { defaultRateLimits } from "../github/Options.ts"
import type { Scenario, ScenarioEntry } from "./Scenario.ts"

export interface ControlCall {
  readonly side: "e2b" | "github"
  readonly method: "POST" | "PUT" | "DELETE"
  /** Below `/_control`. */
  readonly path: string
  readonly body?: unknown
}

/** What names stand for at this moment. */
export interface Known {
  readonly job: (name: string) => number | undefined
  readonly workflow: (name: string) => number | undefined
  /** The living sandbox that was made for a job. */
  readonly sandbox: (job: string) => string | undefined
  /** Deliveries to send again. */
  readonly deliveries: (which: "failed" | "all") => ReadonlyArray<number>
}

/** What the scenario began with. */
export type UsualState = Pick<Scenario, "rateLimits">

type Keys = Exclude<keyof ScenarioEntry, "at" | "when" | "forMs" | "say">
type Value<K extends Keys> = NonNullable<ScenarioEntry[K]>

const put = (side: ControlCall["side"], path: string, body: unknown): ControlCall => ({
  side,
  method: "PUT",
  path,
  body
})
const post = (side: ControlCall["side"], path: string, body?: unknown): ControlCall => ({
  side,
  method: "POST",
  path,
  body
})
const remove = (side: ControlCall["side"], path: string): ControlCall => ({ side, method: "DELETE", path })

const ofJob = (id: number | undefined, action: string) =>
  id === undefined ? null : [post("github", `/jobs/${id}/${action}`, {})]

/** Null: what it names does not exist yet, so it waits. */
const actions: { readonly [K in Keys]: (value: Value<K>, known: Known) => ReadonlyArray<ControlCall> | null } = {
  run: (run) => [post("github", "/runs", runDefinition(run))],
  cancel: (job, known) => ofJob(known.job(job), "cancel"),
  approve: (job, known) => ofJob(known.job(job), "approve"),
  reject: (job, known) => ofJob(known.job(job), "reject"),
  rerun: ({ workflow, which = "all" }, known) => {
    const id = known.workflow(workflow)
    return id === undefined ? null : [post("github", `/runs/${id}/rerun`, { which })]
  },
  e2bFaults: (faults) => [post("e2b", "/faults", faults)],
  githubFaults: (faults) => [post("github", "/faults", faults)],
  e2bStorm: (storm) => [put("e2b", "/storm", storm)],
  githubStorm: (storm) => [put("github", "/storm", storm)],
  webhookFaults: (faults) => faults.map((fault) => post("github", "/webhook-faults", fault)),
  runnerFaults: (faults) => faults.map((fault) => post("github", "/runner-faults", fault)),
  vanishing: (plan) => [put("e2b", "/vanishing", plan)],
  vanish: (job, known) => {
    const id = known.sandbox(job)
    return id === undefined ? null : [remove("e2b", `/sandboxes/${id}`)]
  },
  clearFaults: (which) =>
    (["e2b", "github"] as const)
      .filter((side) => which === "both" || which === side)
      .map((side) => remove(side, "/faults")),
  redeliver: (which, known) => known.deliveries(which).map((id) => post("github", `/deliveries/${id}/redeliver`, {})),
  e2bClock: (skewMs) => [put("e2b", "/clock", { skewMs })],
  githubClock: (skewMs) => [put("github", "/clock", { skewMs })],
  plan: (plan) => [put("e2b", "/plan", plan)],
  rateLimits: (limits) => [put("github", "/limits", limits)],
  builds: (plan) => [put("e2b", "/builds", plan)],
  install: (installation) => [post("github", "/installations", installation)],
  uninstall: (owner) => [post("github", `/installations/${owner}/uninstall`, {})],
  reinstall: ({ owner, id }) => [post("github", `/installations/${owner}/reinstall`, { id })],
  suspend: (owner) => [post("github", `/installations/${owner}/suspend`, {})],
  unsuspend: (owner) => [post("github", `/installations/${owner}/unsuspend`, {})],
  addRepository: (fullName) => {
    const [owner = "", name = ""] = fullName.split("/")
    return [post("github", `/installations/${owner}/repositories`, { name })]
  },
  removeRepository: (fullName) => [remove("github", `/repositories/${fullName}`)],
  renameRepository: ({ from, to }) => [put("github", `/repositories/${from}`, { name: to.split("/").at(-1) })]
}

/** What undoes an action when its time (`forMs`) is over. */
const ends: { readonly [K in Keys]?: (usual: UsualState) => ReadonlyArray<ControlCall> } = {
  e2bStorm: () => [put("e2b", "/storm", null)],
  githubStorm: () => [put("github", "/storm", null)],
  vanishing: () => [put("e2b", "/vanishing", null)],
  e2bClock: () => [put("e2b", "/clock", { skewMs: 0 })],
  githubClock: () => [put("github", "/clock", { skewMs: 0 })],
  rateLimits: ({ rateLimits }) => [put("github", "/limits", { ...defaultRateLimits, ...rateLimits })],
  e2bFaults: () => [remove("e2b", "/faults")],
  githubFaults: () => [remove("github", "/faults")],
  webhookFaults: () => [remove("github", "/faults")],
  runnerFaults: () => [remove("github", "/faults")]
}

export const actionKeys = Object.keys(actions) as ReadonlyArray<Keys>

/** Actions that `forMs` goes with. */
export const endable: ReadonlySet<string> = new Set(Object.keys(ends))

const calls = (key: Keys, entry: ScenarioEntry, known: Known): ReadonlyArray<ControlCall> | null => {
  // TypeScript does not see that the key is the same in both: this is what `actions` promises for each.
  const action = actions[key] as (value: unknown, known: Known) => ReadonlyArray<ControlCall> | null
  return entry[key] === undefined ? [] : action(entry[key], known)
}

/** Null while something that the entry names does not exist. */
export const callsOf = (entry: ScenarioEntry, known: Known): ReadonlyArray<ControlCall> | null => {
  const all = actionKeys.map((key) => calls(key, entry, known))
  return all.includes(null) ? null : all.flatMap((each) => each ?? [])
}

export const endCallsOf = (entry: ScenarioEntry, usual: UsualState): ReadonlyArray<ControlCall> =>
  actionKeys.flatMap((key) => (entry[key] === undefined ? [] : (ends[key]?.(usual) ?? [])))
