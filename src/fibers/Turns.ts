// Going round a list a part at a time.

/** At most `room` elements that may be taken, from `next` on, then from the beginning, each once; and which one is next. */
export const takeTurn = <A>(
  all: ReadonlyArray<A>,
  isNext: (each: A) => boolean,
  room: number,
  mayBeTaken: (each: A) => boolean
): { readonly taken: ReadonlyArray<A>; readonly next: A | undefined } => {
  const start = Math.max(0, all.findIndex(isNext))
  const turns = [...all.slice(start), ...all.slice(0, start)].filter(mayBeTaken)
  return { taken: turns.slice(0, room), next: turns[room] }
}
