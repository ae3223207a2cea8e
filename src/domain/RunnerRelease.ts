// How long GitHub gives jobs to a runner of some version.
//
// Answers for: the rule, from the releases of actions/runner. Pure. Not for learning either (services/github/RunnerReleases.ts,
// services/store/RunnerVersionStore.ts). Source: GitHub's documentation of self-hosted runners: one that does not update itself
// has to be updated within 30 days of a newer release, of whatever size, or it gets no more jobs.
export interface RunnerRelease {
  /** `2.336.0` */
  readonly version: string
  /** Epoch milliseconds. */
  readonly publishedAt: number
}

const gracePeriod = 30 * 24 * 3_600_000

/** How long before a runner gets no more jobs an operator is warned. */
export const warnAhead = 14 * 24 * 3_600_000

const isVersion = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/

/** Negative: `a` is older. Only of what `isRunnerVersion`. */
const compare = (a: string, b: string): number => {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)]
  const index = left.findIndex((part, at) => part !== right[at])
  return index === -1 ? 0 : left[index]! - right[index]!
}

/** Whether a text is a version as actions/runner has them. */
export const isRunnerVersion = (text: string): boolean => isVersion.test(text)

/** Until when a runner of this version gets jobs (epoch milliseconds); null: no newer one is known. */
export const acceptedUntil = (version: string, releases: ReadonlyArray<RunnerRelease>): number | null => {
  const newer = releases.filter((release) => compare(release.version, version) > 0)
  return newer.length === 0 ? null : Math.min(...newer.map(({ publishedAt }) => publishedAt)) + gracePeriod
}

/** The newest by its number; null: none is known. */
export const newestRelease = (releases: ReadonlyArray<RunnerRelease>): string | null =>
  releases
    .map(({ version }) => version)
    .toSorted(compare)
    .at(-1) ?? null
