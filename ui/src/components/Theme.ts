// Light, dark or the system's choice. `public/theme.js` does the same before the first paint.
import { useSyncExternalStore } from "react"

export const themes = ["light", "dark", "system"] as const
export type Theme = (typeof themes)[number]

const storageKey = "runnerd-theme"
const system = matchMedia("(prefers-color-scheme: dark)")
const listeners = new Set<() => void>()

const stored = (): Theme => {
  try {
    return themes.find((theme) => theme === localStorage.getItem(storageKey)) ?? "system"
  } catch {
    return "system"
  }
}

let current = stored()

const apply = () =>
  document.documentElement.classList.toggle("dark", current === "dark" || (current === "system" && system.matches))

system.addEventListener("change", apply)

export const setTheme = (theme: Theme) => {
  current = theme
  try {
    localStorage.setItem(storageKey, theme)
  } catch {
    // Then it lasts as long as the page.
  }
  apply()
  for (const listener of listeners) listener()
}

export const useTheme = (): Theme =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current
  )
