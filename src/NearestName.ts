// Which known name somebody may have meant.
//
// Answers for: the distance between two names and when it is small enough to suggest one.

/** How many letters must be added, dropped, replaced or swapped with their neighbour (optimal string alignment). */
const editDistance = (a: string, b: string): number => {
  let beforeLast: ReadonlyArray<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (row > 1 && column > 1 && swapped) least = Math.min(least, beforeLast[column - 2]! + 1)
      current.push(least)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}

/** Case, hyphens and underscores make no difference to what somebody meant. */
const folded = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, "")

/** The known name nearest to `name`, unless a third of it or more would have to change. Ties: the first one. */
export const nearestName = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const wanted = folded(name)
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  return known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, folded(candidate)) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance)[0]?.candidate
}
