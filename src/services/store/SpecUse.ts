// What each spec's runners do, from the counts of the unfinished requests: the same for the metrics and the overview.
import { acceptedUntil } from "../../domain/RunnerRelease.ts"
import type { SpecDeaths } from "../../domain/SpecBreaker.ts"
import type { ActiveCounts } from "./ActiveCountStore.ts"

export interface SpecUse {
  /** Null: requests that were admitted by no spec. */
  readonly specName: string | null
  /** Null: there is no such spec any more; requests still name it. */
  readonly settings: { readonly maxConcurrency: number; readonly enabled: boolean } | null
  /** Runners that have taken a job. */
  readonly busy: number
  /** Runners that start, listen or are being removed. */
  readonly idle: number
  /** Requests without a runner. */
  readonly pending: number
  /** What counts against the caps. */
  readonly sandboxes: number
  /** When the oldest of those in line was asked for; one that had failed, when it was last retried. */
  readonly oldestQueuedAt: number | null
  /** Null: none of its newest sandboxes died. */
  readonly deaths: SpecDeaths | null
  /** Null: no runner of it has said its version yet. `acceptedUntil`: null while no newer release is known. */
  readonly runner: { readonly version: string; readonly acceptedUntil: number | null } | null
}

const runnerOf = ({ releases, versions }: ActiveCounts["runners"], specName: string | null): SpecUse["runner"] => {
  const version = specName === null ? undefined : versions.get(specName)
  return version === undefined ? null : { version, acceptedUntil: acceptedUntil(version, releases) }
}

/** Every spec, and each that requests name; by name. */
export const specUse = ({
  deaths,
  requests,
  runners,
  specs
}: Pick<ActiveCounts, "deaths" | "requests" | "runners" | "specs">): ReadonlyArray<SpecUse> => {
  const settings = new Map(
    specs.map(({ enabled, maxConcurrency, name }) => [name, { maxConcurrency, enabled: enabled === 1 }] as const)
  )
  const bySpec = Map.groupBy(requests, ({ specName }) => specName)
  const names = new Set<string | null>([...settings.keys(), ...bySpec.keys()])
  const sum = (rows: ActiveCounts["requests"]) => rows.reduce((total, { n }) => total + n, 0)
  return [...names]
    .map((specName): SpecUse => {
      const own = bySpec.get(specName) ?? []
      const isPending = ({ status }: (typeof own)[number]) => status === "queued" || status === "creating"
      const queued = own.filter(({ status }) => status === "queued")
      return {
        specName,
        settings: (specName === null ? undefined : settings.get(specName)) ?? null,
        busy: sum(own.filter((each) => !isPending(each) && each.busy === 1)),
        idle: sum(own.filter((each) => !isPending(each) && each.busy === 0)),
        pending: sum(own.filter(isPending)),
        sandboxes: sum(own.filter(({ sandbox }) => sandbox === 1)),
        oldestQueuedAt: queued.length === 0 ? null : Math.min(...queued.map(({ oldestAt }) => oldestAt)),
        deaths: (specName === null ? undefined : deaths.get(specName)) ?? null,
        runner: runnerOf(runners, specName)
      }
    })
    .toSorted((a, b) => ((a.specName ?? "") < (b.specName ?? "") ? -1 : 1))
}
