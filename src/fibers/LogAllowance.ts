// How much of one stream is stored as it comes: a job that prints without end must not keep the database busy.
//
// Pure but for what it holds. The beginning is stored whole; after that only the newest characters of each interval,
// so that the end of a long output, which tells why it ended, is there. Gotcha: what a log may come to in all is the
// store's business (LogStore.ts).

export interface LogAllowanceOptions {
  /** Characters that are stored as they come. */
  readonly beginning: number
  /** Characters that are kept of each interval after that. */
  readonly newest: number
  /** Milliseconds. */
  readonly interval: number
}

/** For each stream of each connection to a runner. A page of the log shows the last 256 Ki characters. */
export const usual: LogAllowanceOptions = { beginning: 4 * 1024 * 1024, newest: 256 * 1024, interval: 10_000 }

export interface LogAllowance {
  /** Gives what is to be stored now. `now`: milliseconds that only grow. */
  readonly push: (text: string, now: number) => string
  /** Gives what is still held back; nothing comes after it. */
  readonly end: () => string
}

const leftOut = (characters: number): string =>
  characters === 0 ? "" : `\n[runnerd] More was printed than is stored: ${characters} characters are left out here.\n`

export const make = (options: LogAllowanceOptions): LogAllowance => {
  let left = options.beginning
  let held = ""
  let lost = 0
  let storedAt: number | undefined

  const release = (): string => {
    const text = leftOut(lost) + held
    held = ""
    lost = 0
    return text
  }

  return {
    push: (text, now) => {
      if (text.length <= left) {
        left -= text.length
        return text
      }
      const beginning = text.slice(0, left)
      const rest = held + text.slice(left)
      storedAt ??= now
      left = 0
      held = options.newest === 0 ? "" : rest.slice(-options.newest)
      lost += rest.length - held.length
      if (now - storedAt < options.interval) return beginning
      storedAt = now
      return beginning + release()
    },
    end: release
  }
}
