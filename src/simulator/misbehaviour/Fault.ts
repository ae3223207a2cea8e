// What can go wrong with a call, as data.
//
// Answers for: the language in which tests, scenarios and the control interfaces of both simulators say it, and for
// refusing a sentence that makes no sense. Not for which call a fault meets (Faults.ts) nor for its bytes (each
// simulator's HTTP side). Times are milliseconds.

/** What the client gets instead of the true answer. */
export type FaultAnswer =
  /** The connection is reset. */
  | "reset"
  /** The true answer, broken off in the middle of its JSON; the call takes effect. */
  | "malformed"
  /** Exactly this; a string body is sent as it is, anything else as JSON. Without a body, the status' usual one. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** One of the simulator's own refusals, by name. */
  | { readonly failure: string }
  /** The true stream, which then ends in another way. Only for operations that answer with a stream. */
  | { readonly stream: StreamFault }

export interface StreamFault {
  /** How many messages still come through. */
  readonly afterMessages: number
  /** One of the simulator's ways. */
  readonly end: string
}

export interface Fault {
  /** The operation's name, or `*` for any; GitHub's also as `METHOD /path/{template}`. */
  readonly operation: string
  /** Left out: the true answer, only later. */
  readonly answer?: FaultAnswer
  /** `before` (when left out): the call takes no effect. `after`: it does, and only its answer is lost. */
  readonly when?: "before" | "after"
  /** Before the effect. A client that gave up meanwhile does not stop it. */
  readonly delayMs?: number
  /** Between the effect and its answer. */
  readonly answerDelayMs?: number
  /** How many calls it meets: 1 when left out. */
  readonly times?: number | "always"
  /** How many calls pass before the first one that it meets. */
  readonly skip?: number
  /** The share of calls that it meets, 0 to 1, drawn from the seed. */
  readonly chance?: number
}

/** What a simulator can be asked for. */
export interface FaultVocabulary {
  readonly operations: ReadonlySet<string>
  /** Names for `{failure}`. */
  readonly failures: ReadonlySet<string>
  /** Operations that answer with a stream, and how such a stream can end; absent: there are none. */
  readonly streams?: { readonly operations: ReadonlySet<string>; readonly ends: ReadonlySet<string> }
}

/** A fault that makes no sense. The message says what to write instead. */
export class FaultRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = "FaultRefused"
  }
}

const known = ["operation", "answer", "when", "delayMs", "answerDelayMs", "times", "skip", "chance"]

const list = (names: Iterable<string>) => [...names].join(", ")

const refuse = (message: string): never => {
  throw new FaultRefused(message)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isCount = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && Number(value) >= least

const isMillis = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0

const checkStream = (value: unknown, operation: unknown, { streams }: FaultVocabulary): void => {
  if (streams?.operations.has(String(operation)) !== true) {
    return refuse(`answer.stream: only ${list(streams?.operations ?? ["nothing here"])} answers with a stream`)
  }
  const { afterMessages, end } = isObject(value) ? value : {}
  if (!isCount(afterMessages, 0)) refuse("answer.stream.afterMessages: expected a number of messages")
  if (!streams.ends.has(String(end))) refuse(`answer.stream.end: expected one of ${list(streams.ends)}`)
}

const checkAnswer = (answer: unknown, operation: unknown, vocabulary: FaultVocabulary): void => {
  const { failures } = vocabulary
  if (answer === "reset" || answer === "malformed") return
  if (!isObject(answer)) return refuse('answer: expected "reset", "malformed", {"status": …} or {"failure": …}')
  if ("failure" in answer) {
    if (failures.has(String(answer["failure"]))) return
    return refuse(`answer.failure: expected one of ${list(failures)}`)
  }
  if ("stream" in answer) return checkStream(answer["stream"], operation, vocabulary)
  const { status, headers } = answer
  if (!isCount(status, 100) || Number(status) > 599) refuse("answer.status: expected a number from 100 to 599")
  const words =
    headers === undefined || (isObject(headers) && Object.values(headers).every((v) => typeof v === "string"))
  if (!words) refuse("answer.headers: expected texts by name")
}

/** A fault out of JSON. Throws FaultRefused. */
export const parseFault = (value: unknown, vocabulary: FaultVocabulary): Fault => {
  if (!isObject(value)) return refuse("a fault is an object")
  const stranger = Object.keys(value).find((key) => !known.includes(key))
  if (stranger !== undefined) refuse(`${stranger}: a fault has only ${list(known)}`)
  const { operation, answer, when, delayMs, answerDelayMs, times, skip, chance } = value
  if (operation !== "*" && !(typeof operation === "string" && vocabulary.operations.has(operation))) {
    refuse(`operation: expected * or one of ${list(vocabulary.operations)}`)
  }
  if (answer !== undefined) checkAnswer(answer, operation, vocabulary)
  if (when !== undefined && when !== "before" && when !== "after") refuse("when: expected before or after")
  if (delayMs !== undefined && !isMillis(delayMs)) refuse("delayMs: expected milliseconds")
  if (answerDelayMs !== undefined && !isMillis(answerDelayMs)) refuse("answerDelayMs: expected milliseconds")
  if (times !== undefined && times !== "always" && !isCount(times, 1)) refuse('times: expected 1 or more, or "always"')
  if (skip !== undefined && !isCount(skip, 0)) refuse("skip: expected a number of calls")
  if (chance !== undefined && !(isMillis(chance) && Number(chance) <= 1)) refuse("chance: expected a share from 0 to 1")
  if (answer === undefined && delayMs === undefined && answerDelayMs === undefined) {
    refuse("a fault needs an answer, delayMs or answerDelayMs")
  }
  return value as unknown as Fault
}

/** What goes wrong, in a few words. */
export const faultWords = ({ answer, when }: Fault): string => {
  if (answer === undefined) return "late"
  if (answer === "malformed") return "answer broken off"
  if (answer === "reset") return when === "after" ? "answer lost" : "connection reset"
  if ("failure" in answer) return answer.failure
  if ("stream" in answer) return `stream ends: ${answer.stream.end}`
  return `${answer.status}${when === "after" ? " after the effect" : ""}`
}
