// Three states of one thing, field by field: what a form began with, what is stored by now, and what stands in the form.

type Values = Readonly<Record<string, unknown>>

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The fields of `values` that differ from `base`. */
export const changedFields = <V extends Values>(base: V, values: V): Partial<V> =>
  Object.fromEntries(Object.entries(values).filter(([field, value]) => !isSame(base[field], value))) as Partial<V>

/** What is stored, with what was changed in the form upon it. */
export const rebased = <V extends Values>(base: V, theirs: V, mine: V): V => ({
  ...theirs,
  ...changedFields(base, mine)
})

export interface FieldStates {
  readonly field: string
  readonly base: unknown
  readonly theirs: unknown
  readonly mine: unknown
  /** Both changed it, and not to the same. */
  readonly clashes: boolean
}

/** The fields that anybody changed, in the order of the form. */
export const fieldStates = <V extends Values>(base: V, theirs: V, mine: V): ReadonlyArray<FieldStates> =>
  Object.keys(base).flatMap((field) => {
    const state = { field, base: base[field], theirs: theirs[field], mine: mine[field] }
    const [isTheirs, isMine] = [!isSame(state.base, state.theirs), !isSame(state.base, state.mine)]
    return isTheirs || isMine ? [{ ...state, clashes: isTheirs && isMine && !isSame(state.theirs, state.mine) }] : []
  })
