// Asks before a page is left whose form has what is not saved.
import { useBlocker } from "@tanstack/react-router"
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

const words = text.form.leave

/** Who leaves by the program's own doing says `ignoreBlocker`. */
export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty,
    withResolver: true
  })
  const isAsking = blocker.status === "blocked"
  return (
    <AlertDialog open={isAsking} onOpenChange={(open) => (open ? undefined : blocker.reset?.())}>
      <AlertDialogContent>
        <AlertDialogHeader>
          <AlertDialogTitle>{words.title}</AlertDialogTitle>
          <AlertDialogDescription>{words.description}</AlertDialogDescription>
        </AlertDialogHeader>
        <AlertDialogFooter>
          <Button variant="outline" onClick={() => blocker.reset?.()}>
            {words.stay}
          </Button>
          <Button variant="destructive" onClick={() => blocker.proceed?.()}>
            {words.leave}
          </Button>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
