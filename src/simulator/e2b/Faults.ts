// Misbehaviour on command.
//
// Answers for: which fault meets the next call of an operation, and how long each operation takes.
// A fault `before` replaces the call: nothing happens. A fault `after` lets the effect take place and spoils only the
// answer, which is how a client gets orphans. Latency passes before the effect, and a client that gave up meanwhile
// does not stop it.
// Gotcha: faults are used up in the order they were added, per operation; `*` matches any call, and comes after the
// faults that name the operation.
import { badRequest, namedFailures } from "./ControlFailure.ts"
import type { NamedFailure } from "./ControlFailure.ts"

export const operations = [
  "sandbox.create",
  "sandbox.connect",
  "sandbox.list",
  "sandbox.get",
  "sandbox.kill",
  "sandbox.timeout",
  "template.alias",
  "template.get",
  "template.list",
  "process.start",
  "process.connect",
  "process.list",
  "process.signal",
  "process.input",
  "process.closeStdin",
  "files.write",
  "files.read",
  "envd.health",
  "envd.envs"
] as const

export type Operation = (typeof operations)[number]

export type FaultAnswer =
  /** The connection is reset. */
  | "reset"
  /** Exactly this; a string body is sent as it is, anything else as JSON. Without a body, the status' usual one. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** One of the control API's own refusals. */
  | { readonly failure: NamedFailure }

export interface Fault {
  readonly operation: Operation | "*"
  readonly answer: FaultAnswer
  /** How many calls it meets; 1 when left out. */
  readonly times?: number
  /** `before` when left out. */
  readonly when?: "before" | "after"
}

const isFault = (value: unknown): value is Fault => {
  if (typeof value !== "object" || value === null) return false
  const { operation, answer, times, when } = value as Record<string, unknown>
  const known = operation === "*" || operations.some((name) => name === operation)
  const answers =
    answer === "reset" ||
    (typeof answer === "object" &&
      answer !== null &&
      (("status" in answer && Number.isInteger(answer.status)) ||
        ("failure" in answer && typeof answer.failure === "string" && answer.failure in namedFailures)))
  return (
    known &&
    answers &&
    (times === undefined || (Number.isInteger(times) && Number(times) > 0)) &&
    (when === undefined || when === "before" || when === "after")
  )
}

export class Faults {
  #pending: Array<Fault & { left: number }> = []
  #latency = new Map<string, number>()

  add(fault: Fault): void {
    this.#pending.push({ ...fault, left: fault.times ?? 1 })
  }

  /** For faults that come as JSON. */
  addUnknown(value: unknown): void {
    if (!isFault(value)) throw badRequest("not a fault: see Faults.ts for its form and the operations' names")
    this.add(value)
  }

  /** Milliseconds per operation (or `*`); 0 ends it. */
  setLatency(latencyMs: Readonly<Record<string, number>>): void {
    for (const [operation, millis] of Object.entries(latencyMs)) this.#latency.set(operation, millis)
  }

  clear(): void {
    this.#pending = []
    this.#latency.clear()
  }

  pending(): ReadonlyArray<Fault & { readonly left: number }> {
    return this.#pending
  }

  /** The fault for this call, used up by asking. */
  take(operation: Operation): Fault | undefined {
    const fault =
      this.#pending.find((fault) => fault.operation === operation) ??
      this.#pending.find((fault) => fault.operation === "*")
    if (fault === undefined) return undefined
    fault.left -= 1
    if (fault.left <= 0) this.#pending = this.#pending.filter((other) => other !== fault)
    return fault
  }

  latencyMs(operation: Operation): number {
    return this.#latency.get(operation) ?? this.#latency.get("*") ?? 0
  }
}
