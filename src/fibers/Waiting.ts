// Until when the outside does not want to hear from us.
import type { Disposition } from "../domain/Disposition.ts"

/** Epoch milliseconds; undefined when it named no time. */
export const notBefore = (disposition: Disposition, now: number): number | undefined => {
  if (disposition._tag !== "Deferred") return undefined
  if (disposition.notBeforeMillis !== undefined) return disposition.notBeforeMillis
  return disposition.retryAfterSeconds === undefined ? undefined : now + disposition.retryAfterSeconds * 1000
}
