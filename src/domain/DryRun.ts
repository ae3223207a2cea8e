// What a change of the catalogue would do to the jobs that came lately: admission asked twice, before and after.
//
// Answers for: the comparison. Pure. Not for storing the change, nor for reading the jobs.
import { admit, type Admission, type Catalog, compileCatalog } from "./Admission.ts"

/** Jobs that admission cannot tell apart. */
export interface JobKind {
  readonly repository: string
  readonly labels: ReadonlyArray<string>
  readonly jobs: number
}

export interface Difference {
  readonly kind: JobKind
  readonly before: Admission
  readonly after: Admission
}

const said = (admission: Admission): string =>
  admission._tag === "Admitted" ? `spec ${admission.spec.name}` : `${admission.code} ${admission.managed}`

/** The kinds that another spec would serve, or another reason refuse; those with most jobs first. */
export const differences = (
  before: Catalog,
  after: Catalog,
  kinds: ReadonlyArray<JobKind>
): ReadonlyArray<Difference> => {
  const [old, changed] = [compileCatalog(before), compileCatalog(after)]
  return kinds
    .map((kind) => ({
      kind,
      before: admit({ repository: kind.repository, labels: kind.labels, catalog: old }),
      after: admit({ repository: kind.repository, labels: kind.labels, catalog: changed })
    }))
    .filter((difference) => said(difference.before) !== said(difference.after))
    .sort((a, b) => b.kind.jobs - a.kind.jobs)
}
