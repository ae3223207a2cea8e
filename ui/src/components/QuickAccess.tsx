// The command palette and the list of keys, as every page has them: their keys, and the button that shows they are there.
//
// Gotchas: both are loaded when they are first opened; and as no button opened them, who had the focus before is remembered
// here.
import { SearchIcon } from "lucide-react"
import { createContext, lazy, type ReactNode, Suspense, use, useRef, useState } from "react"
import { modifier, useShortcuts } from "@/components/Shortcuts.ts"
import { Kbd } from "@/components/ui/kbd.tsx"
import { text } from "@/text/Text.ts"

const CommandPalette = lazy(async () => ({ default: (await import("@/components/CommandPalette.tsx")).CommandPalette }))
const KeyboardHelp = lazy(async () => ({ default: (await import("@/components/KeyboardHelp.tsx")).KeyboardHelp }))

const OpenPalette = createContext<() => void>(() => {})

export function QuickAccess({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<"palette" | "help" | null>(null)
  const hadFocus = useRef<Element>(null)
  const open = (what: "palette" | "help") => {
    if (shown === null) hadFocus.current = document.activeElement
    setShown(what)
  }
  const openPalette = () => open("palette")
  const openHelp = () => open("help")
  const giveFocusBack = () => {
    if (hadFocus.current instanceof HTMLElement) hadFocus.current.focus()
  }
  const onOpenChange = (open: boolean) => {
    if (!open) setShown(null)
  }
  useShortcuts({ openPalette, openHelp })
  return (
    <OpenPalette value={openPalette}>
      {children}
      <Suspense fallback={null}>
        {shown === "palette" ? (
          <CommandPalette onOpenChange={onOpenChange} onClosed={giveFocusBack} onHelp={openHelp} />
        ) : null}
        {shown === "help" ? <KeyboardHelp onOpenChange={onOpenChange} onClosed={giveFocusBack} /> : null}
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
