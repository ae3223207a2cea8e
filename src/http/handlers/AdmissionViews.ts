// What admission decides and why, as the API shows it.
import type { Admission } from "../../domain/Admission.ts"
import type { ReasoningStep } from "../../domain/AdmissionReasoning.ts"
import type { MatchAnswer, ReasoningStepView } from "../api/MatchApi.ts"
import { specView } from "./SpecView.ts"

const stepView = ({ code, groupName, policyId, sentence, specName }: ReasoningStep): ReasoningStepView => ({
  code,
  message: sentence,
  runner_spec_name: specName,
  runner_group_name: groupName,
  policy_id: policyId
})

export const reasoningView = (admission: Admission): ReadonlyArray<ReasoningStepView> =>
  admission.reasoning().map(stepView)

/** The answer to the question of what this job would get. */
export const matchView = (repository: string, labels: ReadonlyArray<string>, admission: Admission): MatchAnswer => {
  const question = { repository_full_name: repository, labels }
  const reasoning = reasoningView(admission)
  return admission._tag === "Admitted"
    ? {
        ...question,
        runner_spec: specView(admission.spec),
        reason: null,
        message: null,
        outcome: "admitted",
        reasoning
      }
    : {
        ...question,
        runner_spec: null,
        reason: admission.code,
        message: admission.message,
        outcome: admission.managed ? "refused" : "ignored",
        reasoning
      }
}
