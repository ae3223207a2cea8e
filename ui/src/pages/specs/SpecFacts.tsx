// A spec for who may not change it.
import { Facts } from "@/components/Facts.tsx"
import { Labels } from "@/components/Labels.tsx"
import { Section } from "@/components/Section.tsx"
import type { Spec } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

const { fields } = text.spec

export function SpecFacts({ spec }: { spec: Spec }) {
  return (
    <Section title={text.catalogue.settings}>
      <Facts
        rows={[
          [fields.labels, <Labels labels={spec.labels} />],
          [fields.template_id, <code className="text-xs">{spec.template_id}</code>],
          [fields.runner_group, spec.runner_group],
          [fields.max_concurrency, spec.max_concurrency > 0 ? spec.max_concurrency : text.specs.unlimited],
          [fields.min_idle, spec.min_idle],
          [fields.priority, spec.priority],
          [fields.enabled, text.yesNo[spec.enabled ? "yes" : "no"]],
          [fields.default_available, text.yesNo[spec.default_available ? "yes" : "no"]]
        ]}
      />
    </Section>
  )
}
