// Named instants before and after each effect that outlasts the process, and dying at one of them.
//
// Answers for: a point before and after every call to E2B and GitHub and every commit of actor, dispatcher, node lease, intake
// and its repair, by names that say what is committed. Not around what no request depends on (logs, retention), nor around what an operator
// asks for by the API: each of those is one transaction, after whose answer the same actor goes on. Gotcha: `kill -9` of oneself: no finaliser runs, no buffer is
// flushed, so what was passed is appended to a file synchronously.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { appendFileSync } from "node:fs"
import type { Around } from "../../src/App.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import type { Delivery } from "../../src/services/store/IntakeTypes.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"

export interface Crash {
  /** For example `after Sandboxes.create`. */
  readonly point: string
  /** Which passing of the point kills; the first is 1. */
  readonly nth: number
}

/** Called at every point; the one of a crash does not return. */
export type Pass = (point: string) => void

/** Appends each point to the file, and dies at the one asked for. */
export const passing = (file: string, crash: Crash | undefined): Pass => {
  let left = crash?.nth ?? 0
  return (point) => {
    appendFileSync(file, `${point}\n`)
    if (point !== crash?.point) return
    left -= 1
    if (left === 0) process.kill(process.pid, "SIGKILL")
  }
}

type Method = (...args: ReadonlyArray<never>) => Effect.Effect<unknown, unknown, unknown>

/** The name of a call, or null when nothing lasting comes of it. */
type NameOf = (method: string, args: ReadonlyArray<unknown>) => string | null

const around = (pass: Pass, name: string | null, call: Effect.Effect<unknown, unknown, unknown>) =>
  name === null
    ? call
    : Effect.suspend(() => {
        pass(`before ${name}`)
        // Also when it failed: an answer that was lost may hide an effect.
        return Effect.onExit(call, () => Effect.sync(() => pass(`after ${name}`)))
      })

const withPoints = <S extends object>(service: S, pass: Pass, nameOf: NameOf): S =>
  Object.fromEntries(
    Object.entries(service).map(([method, value]) => {
      if (typeof value !== "function") return [method, value]
      const original = value as Method
      return [
        method,
        (...args: ReadonlyArray<never>) =>
          around(
            pass,
            nameOf(method, args),
            Effect.suspend(() => original(...args))
          )
      ]
    })
  ) as S

const tagsOf = (facts: unknown): string =>
  Array.isArray(facts) ? facts.map((fact: { readonly _tag: string }) => fact._tag).join("+") : "?"

const recorded: NameOf = (method, args) => {
  if (method === "record") return `commit ${tagsOf(args[1])}`
  if (method === "coverDemand") return "commit of new demand"
  return method === "judge" ? "commit of a judgement" : null
}

/** What is found later than by a webhook says in which way. */
const taken: NameOf = (_method, args) => {
  const { action, event, path } = args[0] as Pick<Delivery, "action" | "event" | "path">
  return ["commit of", event, action, path === "webhook" ? null : `by ${path}`]
    .filter((word) => word !== null)
    .join(" ")
}

const among =
  (methods: ReadonlyArray<string>): NameOf =>
  (method) =>
    methods.includes(method) ? `commit of ${method}` : null

/** Every call but what is only forgotten here. */
const outside =
  (service: string): NameOf =>
  (method) =>
    method === "forgetRegistration" ? null : `${service} ${method}`

/** Every effect of the service passes these points. */
export const pointsAround = (pass: Pass): Around =>
  Layer.mergeAll(
    Layer.effect(
      GitHub,
      GitHub.useSync((service) => withPoints(service, pass, outside("GitHub")))
    ),
    Layer.effect(
      Sandboxes,
      Sandboxes.useSync((service) => withPoints(service, pass, outside("E2B")))
    ),
    Layer.effect(
      RequestStore,
      RequestStore.useSync((service) => withPoints(service, pass, recorded))
    ),
    Layer.effect(
      ClaimStore,
      ClaimStore.useSync((service) => withPoints(service, pass, among(["claim", "release"])))
    ),
    Layer.effect(
      IntakeStore,
      IntakeStore.useSync((service) => withPoints(service, pass, taken))
    ),
    Layer.effect(
      RepairStore,
      RepairStore.useSync((service) =>
        withPoints(service, pass, among(["takeRuns", "finishRun", "putOffRun", "setMark"]))
      )
    ),
    Layer.effect(
      NodeStore,
      NodeStore.useSync((service) => withPoints(service, pass, among(["register", "bury", "end"])))
    )
  )
