// What the address of the dry run says: the change that is tried, field by field.
import type { SearchSchemaInput } from "@tanstack/react-router"
import { textsOf } from "@/components/AddressSearch.ts"
import type { CatalogueChange } from "@/components/DryRun.tsx"
import { labelsOf } from "@/pages/match/Search.ts"
import { text } from "@/text/Text.ts"

const texts = ["spec", "labels", "priority", "enabled", "default", "repository", "group", "policy", "hours"] as const

export type ChangeKind = keyof typeof text.dryRun.kinds

export type ChangeSearch = { readonly [K in (typeof texts)[number]]?: string } & { readonly kind?: ChangeKind }

interface Unread extends Readonly<Partial<Record<(typeof texts)[number] | "kind", unknown>>> {}

export const readChange = (search: Unread): ChangeSearch => {
  const { kind } = search
  const isKind = (value: unknown): value is ChangeKind =>
    typeof value === "string" && Object.hasOwn(text.dryRun.kinds, value)
  return { ...textsOf(texts, search), ...(isKind(kind) ? { kind } : {}) }
}

export const changeSearch = (search: Unread & SearchSchemaInput): ChangeSearch => readChange(search)

/** Null: it is not complete. */
export const changeOf = ({
  default: byDefault,
  enabled,
  group,
  kind,
  labels,
  policy,
  priority,
  repository,
  spec
}: ChangeSearch): CatalogueChange | null => {
  switch (kind) {
    case "spec":
      return spec === undefined
        ? null
        : {
            runner_spec: {
              name: spec,
              ...(labels === undefined ? {} : { labels: labelsOf(labels) }),
              ...(priority === undefined ? {} : { priority: Number(priority) }),
              ...(enabled === undefined ? {} : { enabled: enabled === "yes" }),
              ...(byDefault === undefined ? {} : { default_available: byDefault === "yes" })
            }
          }
    case "spec_gone":
      return spec === undefined ? null : { runner_spec: { name: spec, deleted: true } }
    case "policy":
      return repository === undefined || (spec ?? group) === undefined
        ? null
        : {
            new_policy: {
              repository_full_name: repository,
              ...(spec === undefined ? {} : { runner_spec_name: spec }),
              ...(group === undefined ? {} : { runner_group_name: group })
            }
          }
    case "policy_gone":
      return policy === undefined ? null : { without_policy: Number(policy) }
    default:
      return null
  }
}
