// What an operator can act on when something failed: a port in use, a locked database.

/** The message of the innermost cause. */
export const innermostReason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? innermostReason(cause.cause) : cause.message
}
