// A stream of events for as long as a component shows what it tells.
import { useEffect, useEffectEvent, useState } from "react"
import type { Route } from "@/api/Client.ts"
import { follow, type LiveState } from "@/api/Events.ts"
import { useSession } from "@/api/Session.ts"

interface Stream {
  readonly route: Route
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly onEvent: (event: string, data: unknown) => void
}

/** Begins anew when the address or the token changes. */
export const useLive = ({ onEvent, params = {}, query = {}, route }: Stream): LiveState => {
  const [state, setState] = useState<LiveState>("connecting")
  const { token, refused } = useSession()
  const tell = useEffectEvent(onEvent)
  const asked = JSON.stringify({ params, query })
  const isConnected = token !== null && !refused
  useEffect(() => {
    if (!isConnected) return
    const over = new AbortController()
    const unlessOver =
      <A extends ReadonlyArray<unknown>>(say: (...what: A) => void) =>
      (...what: A) => {
        if (!over.signal.aborted) say(...what)
      }
    follow(route, {
      ...(JSON.parse(asked) as Pick<Stream, "params" | "query">),
      signal: over.signal,
      onEvent: unlessOver((event, data) => tell(event, data)),
      onState: unlessOver(setState)
      // The state says that it has ended.
    }).catch(() => undefined)
    return () => over.abort()
  }, [route, asked, isConnected, token])
  return state
}
