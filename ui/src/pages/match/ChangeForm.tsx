// The form of the dry run: which kind of change, and its fields. An empty field leaves what is there as it is.
import { useId } from "react"
import { Controller, FormProvider, useForm, useFormContext } from "react-hook-form"
import type { RepositoryPolicyView } from "../../../../src/http/api/PoliciesApi.ts"
import { Button } from "@/components/ui/button.tsx"
import { Input } from "@/components/ui/input.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select.tsx"
import { type ChangeKind, type ChangeSearch, readChange } from "@/pages/match/ChangeSearch.ts"
import { text } from "@/text/Text.ts"

const words = text.dryRun
const { fields } = words

interface Fields {
  readonly kind: ChangeKind
  readonly spec: string
  readonly labels: string
  readonly priority: string
  readonly enabled: string
  readonly default: string
  readonly repository: string
  readonly grants: keyof typeof words.grants
  readonly group: string
  readonly policy: string
}

const valuesOf = (change: ChangeSearch): Fields => ({
  kind: change.kind ?? "spec",
  spec: change.spec ?? "",
  labels: change.labels ?? "",
  priority: change.priority ?? "",
  enabled: change.enabled ?? "",
  default: change.default ?? "",
  repository: change.repository ?? "",
  grants: change.group === undefined ? "spec" : "group",
  group: change.group ?? "",
  policy: change.policy ?? ""
})

/** Only the fields of the kind that is chosen. */
const changeOf = ({ grants, kind, ...all }: Fields): ChangeSearch => {
  const trimmed = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.trim()])) as typeof all
  const { enabled, default: byDefault, group, labels, policy, priority, repository, spec } = trimmed
  const parts = {
    spec: { spec, labels, priority, enabled, default: byDefault },
    spec_gone: { spec },
    policy: { repository, ...(grants === "spec" ? { spec } : { group }) },
    policy_gone: { policy }
  }[kind]
  return readChange({ kind, ...parts })
}

function Field({
  name,
  label,
  hint,
  names,
  isNeeded = false
}: {
  name: keyof Fields
  label: string
  hint?: string
  names?: ReadonlyArray<string>
  isNeeded?: boolean
}) {
  const id = useId()
  const { formState, register } = useFormContext<Fields>()
  const error = formState.errors[name]
  return (
    <div className="grid w-full content-start gap-1.5 sm:w-52">
      <Label htmlFor={id}>{label}</Label>
      <Input
        id={id}
        placeholder={hint}
        list={names === undefined ? undefined : `${id}-names`}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        {...register(name, { validate: (value) => !isNeeded || value.trim() !== "" || words.needed })}
      />
      {names === undefined ? null : (
        <datalist id={`${id}-names`}>
          {names.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="text-xs text-destructive">
          {error.message}
        </p>
      )}
    </div>
  )
}

const asIs = "*"

function Choice({
  name,
  label,
  options,
  isNeeded = false,
  className = "sm:w-52"
}: {
  name: keyof Fields
  label: string
  options: Readonly<Record<string, string>>
  isNeeded?: boolean
  className?: string
}) {
  const id = useId()
  const { control } = useFormContext<Fields>()
  return (
    <Controller
      control={control}
      name={name}
      rules={{ validate: (value) => !isNeeded || value !== "" || words.needed }}
      render={({ field: { onChange, value }, fieldState: { error } }) => (
        <div className={`grid w-full content-start gap-1.5 ${className}`}>
          <Label htmlFor={id}>{label}</Label>
          <Select
            value={value === "" && !isNeeded ? asIs : value}
            onValueChange={(chosen) => onChange(chosen === asIs ? "" : chosen)}
          >
            <SelectTrigger id={id} className="w-full" aria-invalid={error !== undefined}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              {isNeeded ? null : <SelectItem value={asIs}>{words.asIs}</SelectItem>}
              {Object.entries(options).map(([key, title]) => (
                <SelectItem key={key} value={key}>
                  {title}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
          {error === undefined ? null : <p className="text-xs text-destructive">{error.message}</p>}
        </div>
      )}
    />
  )
}

export function ChangeForm({
  change,
  specs,
  groups,
  policies,
  onTry
}: {
  change: ChangeSearch
  specs: ReadonlyArray<string>
  groups: ReadonlyArray<string>
  policies: ReadonlyArray<RepositoryPolicyView>
  onTry: (change: ChangeSearch) => void
}) {
  const form = useForm({ defaultValues: valuesOf(change) })
  const [kind, grants] = form.watch(["kind", "grants"])
  const yesNo = { yes: words.yes, no: words.no }
  const policyNames = Object.fromEntries(
    policies.map((policy) => [
      String(policy.id),
      words.policyName(
        policy.id,
        policy.repository_full_name,
        policy.runner_spec_name ?? policy.runner_group_name ?? ""
      )
    ])
  )
  return (
    <FormProvider {...form}>
      <form onSubmit={form.handleSubmit((values) => onTry(changeOf(values)))} className="flex flex-wrap gap-3">
        <Choice name="kind" label={words.kind} options={words.kinds} isNeeded className="sm:w-64" />
        {kind === "spec" ? (
          <>
            <Field name="spec" label={fields.spec} names={specs} isNeeded />
            <Field name="labels" label={fields.labels} hint={fields.labelsHint} />
            <Field name="priority" label={fields.priority} hint={words.asIs} />
            <Choice name="enabled" label={fields.enabled} options={yesNo} />
            <Choice name="default" label={fields.default} options={yesNo} />
          </>
        ) : kind === "spec_gone" ? (
          <Field name="spec" label={fields.spec} names={specs} isNeeded />
        ) : kind === "policy" ? (
          <>
            <Field name="repository" label={fields.repository} hint={fields.repositoryHint} isNeeded />
            <Choice name="grants" label={fields.grants} options={words.grants} isNeeded />
            {grants === "spec" ? (
              <Field name="spec" label={words.grants.spec} names={specs} isNeeded />
            ) : (
              <Field name="group" label={words.grants.group} names={groups} isNeeded />
            )}
          </>
        ) : (
          <Choice name="policy" label={fields.policy} options={policyNames} isNeeded />
        )}
        <Button type="submit" className="sm:mt-5">
          {words.run}
        </Button>
      </form>
    </FormProvider>
  )
}
