// Keys that work on every page, wherever no text is being entered.
import { useNavigate } from "@tanstack/react-router"
import { useEffect, useEffectEvent } from "react"
import { defaultKeybindingsHandlerIgnore, type KeybindingsMap, tinykeys } from "tinykeys"
import { pages } from "@/components/Pages.ts"

/** What `$mod` is called on this machine. */
export const modifier = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl"

interface Shortcuts {
  readonly openPalette: () => void
  readonly openHelp: () => void
}

/** Whether a dialog is open: what is behind it must not move. */
const isCovered = () => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null

const isEntering = ({ target }: KeyboardEvent) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))

export const useShortcuts = (shortcuts: Shortcuts): void => {
  const navigate = useNavigate()
  const openPalette = useEffectEvent((event: KeyboardEvent) => {
    event.preventDefault()
    if (!isCovered()) shortcuts.openPalette()
  })
  const openHelp = useEffectEvent(() => {
    if (!isCovered()) shortcuts.openHelp()
  })
  const go = useEffectEvent((to: (typeof pages)[number]["to"]) => {
    if (!isCovered()) void navigate({ to })
  })
  useEffect(() => {
    const bindings: KeybindingsMap = { "[Shift]+?": openHelp }
    for (const { key, to } of pages) bindings[`g ${key}`] = () => go(to)
    const ignore = (event: KeyboardEvent) => defaultKeybindingsHandlerIgnore(event) || isEntering(event)
    const stopKeys = tinykeys(window, bindings, { ignore })
    // The palette opens from a text field as well.
    const stopPalette = tinykeys(window, { "$mod+k": openPalette }, { ignore: () => false })
    return () => {
      stopKeys()
      stopPalette()
    }
  }, [])
}
