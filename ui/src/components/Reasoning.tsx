// The steps of a decision of admission, from the allowlist to each spec.
import { CircleCheckIcon, CircleMinusIcon, CircleXIcon } from "lucide-react"
import type { ReasoningStepView } from "../../../src/http/api/MatchApi.ts"

const looks = {
  yes: { icon: CircleCheckIcon, className: "text-success" },
  no: { icon: CircleXIcon, className: "text-destructive" },
  aside: { icon: CircleMinusIcon, className: "text-muted-foreground" }
} as const

const lookOf: Record<ReasoningStepView["code"], keyof typeof looks> = {
  repository_allowed: "yes",
  repository_not_allowed: "no",
  no_labels: "no",
  policy_grants_spec: "yes",
  policy_grants_group: "yes",
  policy_disabled: "aside",
  policy_spec_missing: "aside",
  policy_group_missing: "aside",
  policy_group_disabled: "aside",
  group_spec_missing: "aside",
  spec_not_found: "no",
  spec_disabled: "aside",
  spec_not_granted: "aside",
  spec_labels_not_matched: "no",
  spec_outranked: "aside",
  spec_chosen: "yes"
}

export function Reasoning({ steps }: { steps: ReadonlyArray<ReasoningStepView> }) {
  return (
    <ol className="grid gap-2">
      {steps.map((step, index) => {
        const { className, icon: Icon } = looks[lookOf[step.code]]
        return (
          <li key={index} className="flex items-start gap-2">
            <Icon className={`mt-0.5 size-4 shrink-0 ${className}`} aria-hidden />
            <span className="min-w-0">
              <span className="break-words">{step.message}</span>{" "}
              <code className="text-xs text-muted-foreground">{step.code}</code>
            </span>
          </li>
        )
      })}
    </ol>
  )
}
