// Asks for the token while there is none or it was refused. The page behind stays mounted.
import { useQueryClient } from "@tanstack/react-query"
import { useId } from "react"
import { useForm } from "react-hook-form"
import { connect, useSession } from "@/api/Session.ts"
import { Button } from "@/components/ui/button.tsx"
import {
  AlertDialog,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogHeader,
  AlertDialogTitle
} from "@/components/ui/alert-dialog.tsx"
import { Input } from "@/components/ui/input.tsx"
import { Label } from "@/components/ui/label.tsx"
import { text } from "@/text/Text.ts"

export function TokenDialog() {
  const { token, refused } = useSession()
  const queries = useQueryClient()
  const field = useId()
  const form = useForm({ defaultValues: { token: "" } })
  const submit = form.handleSubmit(async (values) => {
    connect(values.token.trim())
    form.reset()
    await queries.invalidateQueries()
  })
  return (
    <AlertDialog open={token === null || refused}>
      <AlertDialogContent>
        <form onSubmit={submit} className="grid gap-4">
          <AlertDialogHeader>
            <AlertDialogTitle>{text.token.title}</AlertDialogTitle>
            <AlertDialogDescription className={refused ? "text-destructive" : ""}>
              {refused ? text.token.refused : text.token.description}
            </AlertDialogDescription>
          </AlertDialogHeader>
          <div className="grid gap-2">
            <Label htmlFor={field}>{text.token.label}</Label>
            <Input
              id={field}
              type="password"
              autoComplete="current-password"
              {...form.register("token", { validate: (value) => value.trim() !== "" })}
              aria-invalid={form.formState.errors.token !== undefined}
            />
          </div>
          <Button type="submit">{text.token.connect}</Button>
        </form>
      </AlertDialogContent>
    </AlertDialog>
  )
}
