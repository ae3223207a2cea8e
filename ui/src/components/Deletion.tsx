// Deletes something after it was confirmed: first only if nothing depends on it, and if something does, that is told before it
// can be deleted all the same.
import { CircleAlertIcon } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { asFailure, type Failure } from "@/api/Failure.ts"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"
import {
  AlertDialog,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle
} from "@/components/ui/alert-dialog.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

const words = text.deletion

interface DeletionWords {
  readonly title: string
  readonly description: string
  /** What becomes of that which depends on it. */
  readonly consequences: string
}

export interface Deletion {
  readonly words: DeletionWords
  /** Resolves to what is to be told. `ifUnused`: fails with `in_use` when something depends on it. */
  readonly remove: (ifUnused: boolean) => Promise<string>
  readonly onDeleted: () => void
}

function Question({ onClose, onDeleted, remove, words: own }: Deletion & { onClose: () => void }) {
  const [failure, setFailure] = useState<Failure | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const isInUse = failure?.code === "in_use"
  const confirm = async () => {
    setIsBusy(true)
    try {
      toast.success(await remove(!isInUse))
      onDeleted()
    } catch (error) {
      setFailure(asFailure(error))
      setIsBusy(false)
    }
  }
  return (
    <AlertDialogContent>
      <AlertDialogHeader>
        <AlertDialogTitle>{own.title}</AlertDialogTitle>
        <AlertDialogDescription>{isInUse ? own.consequences : own.description}</AlertDialogDescription>
      </AlertDialogHeader>
      {failure === null ? null : (
        <Alert variant={isInUse ? "warning" : "destructive"}>
          <CircleAlertIcon aria-hidden />
          <AlertTitle>{isInUse ? words.inUse : words.notDeleted}</AlertTitle>
          <AlertDescription className="break-words">
            {isInUse ? (
              <ul className="list-disc pl-4">
                {failure.details.map(({ field, message }) => (
                  <li key={`${field} ${message}`}>{message}</li>
                ))}
              </ul>
            ) : failure.code === "precondition_failed" ? (
              words.changed
            ) : (
              failure.message
            )}
          </AlertDescription>
        </Alert>
      )}
      <AlertDialogFooter>
        <Button variant="outline" disabled={isBusy} onClick={onClose}>
          {words.cancel}
        </Button>
        <Button variant="destructive" disabled={isBusy} onClick={() => void confirm()}>
          {isInUse ? words.anyway : words.confirm}
        </Button>
      </AlertDialogFooter>
    </AlertDialogContent>
  )
}

/** `deletion`: what is asked about; null: nothing. */
export function DeletionDialog({ deletion, onClose }: { deletion: Deletion | null; onClose: () => void }) {
  return (
    <AlertDialog open={deletion !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      {deletion === null ? null : <Question {...deletion} onClose={onClose} />}
    </AlertDialog>
  )
}
