// Waiting for a state of the world: the only way in which end-to-end tests let time pass.
//
// Answers for: looking again and again until a condition holds, and for a deadline that says what was waited for.

const pauseMillis = 25

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, pauseMillis))

/** What `look` gives as soon as it is neither undefined nor false. Rejects after `deadlineMillis`, with `state()`. */
export const until = async <A>(
  what: string,
  deadlineMillis: number,
  look: () => A | undefined | false | Promise<A | undefined | false>,
  state?: () => string | Promise<string>
): Promise<A> => {
  const end = performance.now() + deadlineMillis
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) {
      throw new Error(`not within ${deadlineMillis} ms: ${what}\n${state === undefined ? "" : await state()}`)
    }
    await pause()
  }
}
