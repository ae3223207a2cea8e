// What stands between a job and each runner spec, and the change that would take it away.
import type { MatchAnswer } from "../../../../src/http/api/MatchApi.ts"
import type { RunnerSpecView } from "../../../../src/http/api/SpecsApi.ts"
import type { CatalogueChange } from "@/components/DryRun.tsx"

export interface Obstacles {
  readonly spec: RunnerSpecView
  readonly isDisabled: boolean
  readonly isNotGranted: boolean
  /** Labels that the job asks for and the spec lacks. */
  readonly missing: ReadonlyArray<string>
}

/** As GitHub compares labels. */
const key = (label: string) => label.trim().toLowerCase()

/** Those with least in the way first, by labels before all else. */
export const obstaclesOf = (answer: MatchAnswer, specs: ReadonlyArray<RunnerSpecView>): ReadonlyArray<Obstacles> => {
  const says = (code: string, name: string) =>
    answer.reasoning.some((step) => step.code === code && step.runner_spec_name === name)
  const grantedBy = (code: string) => answer.reasoning.some((step) => step.code === code)
  return specs
    .map((spec): Obstacles => {
      const has = new Set(spec.labels.map(key))
      const isDisabled = !spec.enabled
      return {
        spec,
        isDisabled,
        isNotGranted:
          says("spec_not_granted", spec.name) ||
          // Of a disabled spec the reasoning says no more than that.
          (isDisabled &&
            !spec.default_available &&
            !says("policy_grants_spec", spec.name) &&
            !grantedBy("policy_grants_group")),
        missing: answer.labels.filter((label) => !has.has(key(label)))
      }
    })
    .toSorted(
      (a, b) =>
        a.missing.length - b.missing.length ||
        Number(a.isDisabled) + Number(a.isNotGranted) - Number(b.isDisabled) - Number(b.isNotGranted)
    )
}

/** What would let the spec serve the job. */
export const changeFor = (
  repository: string,
  { isDisabled, isNotGranted, missing, spec }: Obstacles
): CatalogueChange => ({
  ...(isDisabled || missing.length > 0
    ? {
        runner_spec: {
          name: spec.name,
          ...(isDisabled ? { enabled: true } : {}),
          ...(missing.length > 0 ? { labels: [...spec.labels, ...missing] } : {})
        }
      }
    : {}),
  ...(isNotGranted ? { new_policy: { repository_full_name: repository, runner_spec_name: spec.name } } : {})
})
