// The command palette and the list of keys, as every page has them: their keys, and the button that shows they are there.
//
// Gotcha: both are loaded when they are first opened.
import { SearchIcon } from "lucide-react"
import { createContext, lazy, type ReactNode, Suspense, use, useState } from "react"
import { modifier, useShortcuts } from "@/components/Shortcuts.ts"
import { Kbd } from "@/components/ui/kbd.tsx"
import { text } from "@/text/Text.ts"

const CommandPalette = lazy(async () => ({ default: (await import("@/components/CommandPalette.tsx")).CommandPalette }))
const KeyboardHelp = lazy(async () => ({ default: (await import("@/components/KeyboardHelp.tsx")).KeyboardHelp }))

const OpenPalette = createContext<() => void>(() => {})

export function QuickAccess({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<"palette" | "help" | null>(null)
  const openPalette = () => setShown("palette")
  const openHelp = () => setShown("help")
  const onOpenChange = (open: boolean) => {
    if (!open) setShown(null)
  }
  useShortcuts({ openPalette, openHelp })
  return (
    <OpenPalette value={openPalette}>
      {children}
      <Suspense fallback={null}>
        {shown === "palette" ? <CommandPalette open onOpenChange={onOpenChange} onHelp={openHelp} /> : null}
        {shown === "help" ? <KeyboardHelp open onOpenChange={onOpenChange} /> : null}
      </Suspense>
    </OpenPalette>
  )
}

export function PaletteButton() {
  const open = use(OpenPalette)
  return (
    <button
      type="button"
      onClick={open}
      className="mx-2 flex h-8 items-center gap-2 rounded-md border bg-background px-2.5 text-muted-foreground outline-none hover:bg-accent hover:text-accent-foreground focus-visible:ring-[3px] focus-visible:ring-ring/50"
    >
      <SearchIcon className="size-4 shrink-0" aria-hidden />
      <span className="truncate">{text.palette.open}</span>
      <Kbd className="ml-auto max-md:hidden">{modifier} K</Kbd>
    </button>
  )
}
