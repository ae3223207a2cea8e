// The frame of a form over something stored: its fields, what the service refused, what others did meanwhile.
import { InfoIcon, TriangleAlertIcon } from "lucide-react"
import type { ReactNode } from "react"
import type { FieldValues } from "react-hook-form"
import { useMay } from "@/api/Role.ts"
import { ConflictDialog } from "@/components/form/ConflictDialog.tsx"
import { LeaveGuard } from "@/components/form/LeaveGuard.tsx"
import type { ResourceForm } from "@/components/form/ResourceForm.ts"
import { SaveBar } from "@/components/form/SaveBar.tsx"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card.tsx"
import { text } from "@/text/Text.ts"

const words = text.form

export interface GoneWords {
  readonly title: string
  readonly description: string
  readonly again: string
}

export function EditForm<V extends FieldValues>({
  edit,
  title,
  labels,
  who,
  gone,
  actions,
  children
}: {
  edit: ResourceForm<V>
  title: string
  /** What the fields are called. */
  labels: Readonly<Record<string, string>>
  /** Who changed it last. */
  who: ReactNode
  /** It is not stored any more. */
  gone: GoneWords | undefined
  /** Further actions on what stands in the form. */
  actions?: ReactNode
  children: ReactNode
}) {
  const maySave = useMay("admin") !== false
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void (gone === undefined ? edit.submit() : edit.recreate())
      }}
    >
      <LeaveGuard isDirty={edit.isDirty} />
      <Card role="region" aria-label={title}>
        <CardHeader>
          <CardTitle>{title}</CardTitle>
          {who}
        </CardHeader>
        <CardContent className="grid gap-5">
          {gone === undefined ? null : (
            <Alert variant="warning">
              <TriangleAlertIcon aria-hidden />
              <AlertTitle>{gone.title}</AlertTitle>
              <AlertDescription>{gone.description}</AlertDescription>
            </Alert>
          )}
          {edit.isOvertaken && gone === undefined ? (
            <Alert variant="info">
              <InfoIcon aria-hidden />
              <AlertTitle>{words.overtaken.title}</AlertTitle>
              <AlertDescription>
                {words.overtaken.description}
                <Button type="button" variant="link" className="h-auto px-1 py-0" onClick={edit.compare}>
                  {words.overtaken.compare}
                </Button>
              </AlertDescription>
            </Alert>
          ) : null}
          {children}
          <SaveBar
            label={gone === undefined ? words.save : gone.again}
            isDirty={edit.isDirty || gone !== undefined}
            isSaving={edit.isSaving}
            maySave={maySave}
            refusal={edit.form.formState.errors.root?.["refused"]?.message}
            onDiscard={edit.discard}
          >
            {actions}
          </SaveBar>
        </CardContent>
      </Card>
      <ConflictDialog
        conflict={edit.conflict}
        labels={labels}
        who={who}
        onTakeTheirs={edit.takeTheirs}
        onKeepMine={() => void edit.keepMine()}
        onEdit={edit.editOn}
      />
    </form>
  )
}
