// The order in which a fault and a call happen.
//
// Answers for: delay, effect, loss. Gotchas: an effect always runs to its end before its answer is spoilt; a client that
// went away meanwhile changes nothing, which is how an effect comes after its client's time limit.
import type { Fault, FaultAnswer } from "./Fault.ts"
import type { Met } from "./Faults.ts"

export interface Misbehaviour<A> {
  readonly met: Met
  readonly wait: (millis: number) => Promise<void>
  /** The call itself; its own refusals are answers. */
  readonly effect: () => A | Promise<A>
  /** `real`: what the call answered, undefined when it took no effect. */
  readonly spoil: (answer: Exclude<FaultAnswer, "reset">, real: A | undefined) => A
}

/** A malformed answer, or a stream that ends in another way, is cut out of the true one, so there has to be one. */
const takesEffect = ({ answer, when }: Fault): boolean => {
  if (typeof answer === "object" && "stream" in answer) return true
  return when === "after" || (when === undefined && answer === "malformed")
}

/** `undefined`: the connection is to be reset. */
export const misbehave = async <A>({ met, wait, effect, spoil }: Misbehaviour<A>): Promise<A | undefined> => {
  const { spoiling, delayMs, answerDelayMs } = met
  if (delayMs > 0) await wait(delayMs)
  const real = spoiling === undefined || takesEffect(spoiling) ? await effect() : undefined
  if (answerDelayMs > 0) await wait(answerDelayMs)
  if (spoiling?.answer === undefined) return real
  return spoiling.answer === "reset" ? undefined : spoil(spoiling.answer, real)
}

/** The first half of a JSON text: never valid. */
export const brokenOff = (body: unknown): string => {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? {})
  return text.length < 2 ? '{"' : text.slice(0, Math.ceil(text.length / 2))
}
