// Somebody else saved first: what they changed, what was changed here, and what to do about it.
import type { ReactNode } from "react"
import { valueText, Value } from "@/components/FieldDiff.tsx"
import { fieldStates } from "@/components/form/Rebase.ts"
import type { Conflict } from "@/components/form/ResourceForm.ts"
import {
  AlertDialog,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle
} from "@/components/ui/alert-dialog.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { text } from "@/text/Text.ts"

const words = text.form.conflict

const changedStyle = { theirs: "bg-info/10 text-info", mine: "bg-success/10 text-success" }

export function ConflictDialog<V extends Record<string, unknown>>({
  conflict,
  labels,
  who,
  onTakeTheirs,
  onKeepMine,
  onEdit
}: {
  conflict: Conflict<V> | null
  /** What the fields are called in the form. */
  labels: Readonly<Record<keyof V & string, string>>
  /** Who changed it, and when. */
  who?: ReactNode
  onTakeTheirs: () => void
  onKeepMine: () => void
  onEdit: () => void
}) {
  const states = conflict === null ? [] : fieldStates(conflict.base, conflict.theirs.values, conflict.mine)
  const clashes = states.filter((state) => state.clashes).length
  return (
    <AlertDialog open={conflict !== null} onOpenChange={(open) => (open ? undefined : onEdit())}>
      <AlertDialogContent className="sm:max-w-3xl">
        <AlertDialogHeader>
          <AlertDialogTitle>{words.title}</AlertDialogTitle>
          <AlertDialogDescription>{words.description(clashes)}</AlertDialogDescription>
          {who}
        </AlertDialogHeader>
        <Table className="max-sm:[&_td]:px-1.5 max-sm:[&_th]:px-1.5">
          <TableHeader>
            <TableRow>
              <TableHead>{words.field}</TableHead>
              <TableHead className="max-sm:hidden">{words.base}</TableHead>
              <TableHead>{words.theirs}</TableHead>
              <TableHead>{words.mine}</TableHead>
            </TableRow>
          </TableHeader>
          <TableBody>
            {states.map(({ base, clashes, field, mine, theirs }) => (
              <TableRow key={field}>
                <TableCell>
                  <span className="grid gap-1">
                    {labels[field] ?? field}
                    {clashes ? <Badge variant="warning">{words.both}</Badge> : null}
                  </span>
                </TableCell>
                <TableCell className="max-sm:hidden">
                  <Value value={valueText(base)} className="text-muted-foreground" />
                </TableCell>
                {([theirs, mine] as const).map((value, index) => {
                  const side = index === 0 ? "theirs" : "mine"
                  const isChanged = valueText(value) !== valueText(base)
                  return (
                    <TableCell key={side}>
                      <Value
                        value={valueText(value)}
                        className={isChanged ? changedStyle[side] : "text-muted-foreground"}
                      />
                    </TableCell>
                  )
                })}
              </TableRow>
            ))}
          </TableBody>
        </Table>
        <AlertDialogFooter className="sm:flex-wrap">
          <Button variant="outline" onClick={onEdit}>
            {words.edit}
          </Button>
          <Button variant="outline" onClick={onTakeTheirs}>
            {words.takeTheirs}
          </Button>
          <Button onClick={onKeepMine}>{words.keepMine}</Button>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
