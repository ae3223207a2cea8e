// The page of a new spec, group or policy: empty, or like one that is there, and never in place of it.
import { type UseQueryResult, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form"
import { toast } from "sonner"
import { useMayOnce } from "@/api/Role.ts"
import { CreateForm } from "@/components/form/CreateForm.tsx"
import { Failed, Loading, NotAllowed, PageHeader } from "@/components/Page.tsx"
import type { To } from "@/pages/catalogue/RowMenu.tsx"
import { text } from "@/text/Text.ts"

interface NewWords {
  readonly back: string
  readonly exists: string
}

interface NewForm<V extends FieldValues> {
  readonly resource: "specs" | "groups" | "policies"
  readonly words: NewWords
  /** Stores it, under the condition that it is new. Resolves to what is to be told, and where it is. */
  readonly create: (values: V) => Promise<{ readonly told: string; readonly at: To }>
  /** The field that says what is there already, and where that is. */
  readonly existsField: FieldPath<V>
  readonly existsAt: (values: V) => To
  readonly actions?: (form: UseFormReturn<V>) => ReactNode
  readonly children: (form: UseFormReturn<V>) => ReactNode
}

function Form<V extends FieldValues>({
  resource,
  words,
  values,
  create,
  existsField,
  existsAt,
  actions,
  children
}: NewForm<V> & { values: V }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  return (
    <CreateForm
      title={text.catalogue.settings}
      values={values}
      label={text.catalogue.create}
      create={async (entered) => {
        const { at, told } = await create(entered)
        toast.success(told)
        void queries.invalidateQueries({ queryKey: [resource] })
        await navigate({ ...at, ignoreBlocker: true })
      }}
      existsField={existsField}
      exists={words.exists}
      openExisting={(entered) => (
        <Link {...existsAt(entered)} className="underline underline-offset-4">
          {text.catalogue.openIt}
        </Link>
      )}
      actions={actions}
    >
      {children}
    </CreateForm>
  )
}

/** `values`: what the form begins with; undefined until `like`, the one that it is to be like, has been read. */
export function NewResource<V extends FieldValues>({
  title,
  values,
  like,
  ...form
}: NewForm<V> & { title: string; values: V | undefined; like: UseQueryResult<V> }) {
  const may = useMayOnce("admin")
  return (
    <>
      <PageHeader title={title} back={{ to: `/${form.resource}`, label: form.words.back }} />
      <div className="max-w-3xl">
        {may === false ? (
          <NotAllowed />
        ) : may !== undefined && values !== undefined ? (
          <Form values={values} {...form} />
        ) : like.isError ? (
          <Failed failure={like.error} onRetry={() => void like.refetch()} />
        ) : (
          <Loading />
        )}
      </div>
    </>
  )
}
