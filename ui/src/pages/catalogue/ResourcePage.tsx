// The page of one spec, group or policy: what it is, what can be done with it, its settings for whoever may change them or its
// facts for whoever may not, and beside them what is to be known for that.
import type { UseQueryResult } from "@tanstack/react-query"
import { Link, useNavigate } from "@tanstack/react-router"
import { CopyPlusIcon, Trash2Icon } from "lucide-react"
import { type ReactNode, useState } from "react"
import type { Answer } from "@/api/Client.ts"
import { useMay, useMayOnce } from "@/api/Role.ts"
import { type Deletion, DeletionDialog } from "@/components/Deletion.tsx"
import { Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

export function ResourcePage<T>({
  title,
  descriptionOf,
  resource,
  back,
  found,
  newAt,
  like,
  deletionOf,
  settings,
  facts,
  side
}: {
  title: string
  descriptionOf?: (item: T) => string
  resource: "specs" | "groups" | "policies"
  /** What the way to the list is called. */
  back: string
  found: UseQueryResult<Answer<T>>
  newAt: "/new/spec" | "/new/group" | "/new/policy"
  /** By which a new one is told to be like this one. */
  like: string
  /** `etag`: of what is seen. */
  deletionOf: (item: T, onDeleted: () => void, etag: string | undefined) => Deletion
  settings: (answer: Answer<T>, isGone: boolean) => ReactNode
  facts: (item: T) => ReactNode
  side?: (item: T) => ReactNode
}) {
  const navigate = useNavigate()
  const mayAct = useMay("admin") === true
  const mayEdit = useMayOnce("admin")
  const [isDeleting, setIsDeleting] = useState(false)
  const isGone = found.error?.code === "not_found"
  const item = found.data?.body
  const leave = () => void navigate({ to: `/${resource}`, ignoreBlocker: true })
  const actions = (
    <>
      <Button asChild variant="outline" size="sm">
        <Link to={newAt} search={{ like }}>
          <CopyPlusIcon aria-hidden />
          {text.catalogue.clone}
        </Link>
      </Button>
      <Button variant="outline" size="sm" onClick={() => setIsDeleting(true)}>
        <Trash2Icon aria-hidden />
        {text.catalogue.remove}
      </Button>
    </>
  )
  return (
    <>
      <PageHeader
        title={title}
        {...(item === undefined || descriptionOf === undefined ? {} : { description: descriptionOf(item) })}
        back={{ to: `/${resource}`, label: back }}
        actions={mayAct && item !== undefined && !isGone ? actions : undefined}
      />
      {found.data === undefined || mayEdit === undefined ? (
        found.isError ? (
          <Failed failure={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Loading />
        )
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          {mayEdit ? settings(found.data, isGone) : facts(found.data.body)}
          {side === undefined ? null : (
            <div className="grid grid-cols-[minmax(0,1fr)] gap-4">{side(found.data.body)}</div>
          )}
        </div>
      )}
      <DeletionDialog
        deletion={
          isDeleting && item !== undefined
            ? deletionOf(item, leave, found.data?.headers.get("etag") ?? undefined)
            : null
        }
        onClose={() => setIsDeleting(false)}
      />
    </>
  )
}
