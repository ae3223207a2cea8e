// A form over something that is stored and that others may change meanwhile.
//
// Answers for: sending only what was changed, under the entity tag of what was seen, and what follows when something else is
// stored by then. What was typed is given up only by who typed it: what is typed while a save is under way stays, too.
import { useEffect, useEffectEvent, useState } from "react"
import { type DefaultValues, type FieldPath, type FieldValues, useForm, type UseFormReturn } from "react-hook-form"
import { asFailure } from "@/api/Failure.ts"
import { changedFields, rebased } from "@/components/form/Rebase.ts"
import { showRefusal } from "@/components/form/Refusal.ts"

export interface Stored<V> {
  readonly values: V
  readonly etag: string
}

export interface Conflict<V> {
  /** What the form began with. */
  readonly base: V
  readonly theirs: Stored<V>
  readonly mine: V
}

interface Options<V> {
  /** The newest that is known to be stored. */
  readonly stored: Stored<V>
  readonly read: () => Promise<Stored<V>>
  readonly save: (changed: Partial<V>, etag: string, values: V) => Promise<Stored<V>>
  /** Stores it again after others have deleted it. */
  readonly recreate: (values: V) => Promise<Stored<V>>
  readonly onSaved: () => void
}

export interface ResourceForm<V extends FieldValues> {
  readonly form: UseFormReturn<V>
  readonly isDirty: boolean
  readonly isSaving: boolean
  /** Others have changed it since the form began. */
  readonly isOvertaken: boolean
  readonly conflict: Conflict<V> | null
  readonly submit: () => Promise<void>
  readonly recreate: () => Promise<void>
  readonly discard: () => void
  /** Shows how what is stored and what was typed differ. */
  readonly compare: () => void
  readonly takeTheirs: () => void
  readonly keepMine: () => Promise<void>
  /** Back to the form, which then is a change of what is stored. */
  readonly editOn: () => void
}

export const useResourceForm = <V extends FieldValues>({
  onSaved,
  read,
  recreate,
  save,
  stored
}: Options<V>): ResourceForm<V> => {
  const [base, setBase] = useState(stored)
  const [conflict, setConflict] = useState<Conflict<V> | null>(null)
  const form = useForm<V>({ defaultValues: stored.values as DefaultValues<V> })
  const { isDirty, isSubmitting } = form.formState

  const beginWith = (from: Stored<V>, values: V = from.values) => {
    setBase(from)
    setConflict(null)
    form.reset(from.values)
    for (const [field, value] of Object.entries(changedFields(from.values, values)))
      form.setValue(field as FieldPath<V>, value, { shouldDirty: true })
  }

  const isNewer = stored.etag !== base.etag
  const follow = useEffectEvent(() => beginWith(stored))
  const mayFollow = isNewer && !isDirty && !isSubmitting
  useEffect(() => {
    if (mayFollow) follow()
  }, [mayFollow])

  const send = (from: Stored<V>, how: (mine: V) => Promise<Stored<V>>) =>
    form.handleSubmit(async (mine) => {
      try {
        const saved = await how(mine)
        beginWith(saved, rebased(mine, saved.values, form.getValues()))
        onSaved()
      } catch (error) {
        const failure = asFailure(error)
        if (failure.code !== "precondition_failed") return showRefusal(form, failure)
        try {
          setConflict({ base: from.values, theirs: await read(), mine })
        } catch (second) {
          showRefusal(form, asFailure(second))
        }
      }
    })()

  const change = (from: Stored<V>) => send(from, (mine) => save(changedFields(from.values, mine), from.etag, mine))
  const onTheirs = (use: (conflict: Conflict<V>) => void) => () => {
    if (conflict !== null) use(conflict)
  }
  const keep = ({ base, mine, theirs }: Conflict<V>) => beginWith(theirs, rebased(base, theirs.values, mine))

  return {
    form,
    isDirty,
    isSaving: isSubmitting,
    isOvertaken: isNewer && isDirty,
    conflict,
    submit: () => change(base),
    recreate: () => send(base, recreate),
    discard: () => beginWith(isNewer ? stored : base),
    compare: () => setConflict({ base: base.values, theirs: stored, mine: form.getValues() }),
    takeTheirs: onTheirs(({ theirs }) => beginWith(theirs)),
    keepMine: async () => {
      if (conflict === null) return
      keep(conflict)
      await change(conflict.theirs)
    },
    editOn: onTheirs(keep)
  }
}
