// The keys that work on every page.
import { Fragment } from "react"
import { pages } from "@/components/Pages.ts"
import { modifier } from "@/components/Shortcuts.ts"
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog.tsx"
import { Kbd } from "@/components/ui/kbd.tsx"
import { text } from "@/text/Text.ts"

const words = text.keys

const rows: ReadonlyArray<{ readonly what: string; readonly keys: ReadonlyArray<string>; readonly between: string }> = [
  { what: words.palette, keys: [modifier, "K"], between: "+" },
  ...pages.map(({ key, label }) => ({ what: words.goTo(label), keys: ["g", key], between: words.then })),
  { what: words.help, keys: ["?"], between: "" }
]

export function KeyboardHelp({
  onOpenChange,
  onClosed
}: {
  onOpenChange: (open: boolean) => void
  onClosed: () => void
}) {
  return (
    <Dialog open onOpenChange={onOpenChange}>
      <DialogContent onCloseAutoFocus={onClosed}>
        <DialogHeader>
          <DialogTitle>{words.title}</DialogTitle>
          <DialogDescription>{words.description}</DialogDescription>
        </DialogHeader>
        <dl className="grid grid-cols-[1fr_auto] gap-y-2">
          {rows.map(({ between, keys, what }) => (
            <Fragment key={what}>
              <dt>{what}</dt>
              <dd className="flex items-center gap-1 text-xs text-muted-foreground">
                {keys.map((key, index) => (
                  <Fragment key={key}>
                    {index === 0 ? null : <span>{between}</span>}
                    <Kbd>{key}</Kbd>
                  </Fragment>
                ))}
              </dd>
            </Fragment>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  )
}
