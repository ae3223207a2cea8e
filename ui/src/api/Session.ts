// The token of this browser: kept in local storage under the name the original used, and whether the service accepts it.
//
// Gotcha: a refused token is kept in memory only until the next one is entered, and the page stays mounted behind the
// question for it, so that nothing typed there is lost.
import { useSyncExternalStore } from "react"

const storageKey = "runnerd-admin-token"

interface Session {
  readonly token: string | null
  /** The service refused the token. */
  readonly refused: boolean
}

const stored = (): string | null => {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}

const store = (token: string | null) => {
  try {
    if (token === null) localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, token)
  } catch {
    // Without storage the token lives as long as the page.
  }
}

let current: Session = { token: stored(), refused: false }
const listeners = new Set<() => void>()

const change = (next: Session) => {
  current = next
  for (const listener of listeners) listener()
}

export const currentToken = () => current.token

export const connect = (token: string) => {
  store(token)
  change({ token, refused: false })
}

export const disconnect = () => {
  store(null)
  change({ token: null, refused: false })
}

/** The service said 401 to `token`; one that was entered meanwhile is not touched. */
export const refuse = (token: string | null) => {
  if (token !== current.token || current.refused) return
  store(null)
  change({ token, refused: true })
}

export const useSession = (): Session =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current
  )
