// The pool of a runner: what GitHub can exchange among runners.
//
// Two runners with the same registration target, GitHub runner group and labels are the same to GitHub: it
// gives any job that fits to either of them. So demand and supply are counted per pool, never per request.
import { normalizeLabel } from "./Labels.ts"
import { key, ofRequest } from "./RunnerTarget.ts"

/** A stable key; equal for equal pools whatever the case and order of names and labels. */
export const poolKey = (
  repository: string,
  spec: { readonly runnerGroup: string | null; readonly labels: ReadonlyArray<string> }
): string => {
  const labels = spec.labels.map(normalizeLabel).sort().join(",")
  return `${key(ofRequest(repository, spec.runnerGroup))}|${spec.runnerGroup ?? ""}|${labels}`
}
