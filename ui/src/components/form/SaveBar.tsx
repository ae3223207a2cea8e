// The end of a form: what was refused, whether there is something to save, and the buttons, always in sight.
import { CircleAlertIcon, LoaderCircleIcon } from "lucide-react"
import type { ReactNode } from "react"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

const words = text.form

export function SaveBar({
  label,
  isDirty,
  isSaving,
  maySave,
  refusal,
  onDiscard,
  children
}: {
  label: string
  isDirty: boolean
  isSaving: boolean
  /** The token that is used by now may be another than the one the form began with. */
  maySave: boolean
  refusal: ReactNode
  onDiscard?: () => void
  /** Further actions on what stands in the form. */
  children?: ReactNode
}) {
  return (
    <div className="sticky bottom-0 z-10 -mx-4 -mb-4 grid gap-3 rounded-b-lg border-t bg-card/95 p-4 backdrop-blur-sm">
      {refusal === undefined || refusal === null ? null : (
        <Alert variant="destructive">
          <CircleAlertIcon aria-hidden />
          <AlertTitle>{words.notSaved}</AlertTitle>
          <AlertDescription className="break-words">{refusal}</AlertDescription>
        </Alert>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" disabled={!isDirty || isSaving || !maySave}>
          {isSaving ? <LoaderCircleIcon className="animate-spin" aria-hidden /> : null}
          {isSaving ? words.saving : label}
        </Button>
        {onDiscard === undefined ? null : (
          <Button type="button" variant="outline" disabled={!isDirty || isSaving} onClick={onDiscard}>
            {words.discard}
          </Button>
        )}
        {children}
        <span className="ml-auto text-xs text-muted-foreground" role="status">
          {maySave ? (isDirty ? words.unsaved : "") : words.mayNotSave}
        </span>
      </div>
    </div>
  )
}
