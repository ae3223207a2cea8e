// Server-sent events of the API, read by fetch because the token travels in a header.
//
// Answers for: going on after the last event that arrived whenever a connection ends, until the signal is given. What would be
// refused again ends it.
import { EventSourceParserStream } from "eventsource-parser/stream"
import { open, type Route } from "@/api/Client.ts"
import { Failure } from "@/api/Failure.ts"

const pauseMillis = 1000

const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, pauseMillis)
    signal.addEventListener("abort", end)
  })

export type LiveState = "connecting" | "live" | "reconnecting" | "ended"

interface Following {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly onState?: (state: LiveState) => void
  readonly signal: AbortSignal
  /** `data` is JSON, as the contract has it. */
  readonly onEvent: (event: string, data: unknown) => void
}

/** Resolves when the signal is given; rejects with the `Failure` of a refusal. */
export const follow = async (route: Route, { onEvent, onState, params, query, signal }: Following): Promise<void> => {
  let last: string | undefined
  onState?.("connecting")
  while (!signal.aborted) {
    try {
      const headers = last === undefined ? {} : { "last-event-id": last }
      const { body } = await open(route, {
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        headers,
        signal
      })
      onState?.("live")
      const reader = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader()
      for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
        const { data, event = "message", id } = next.value
        last = id ?? last
        onEvent(event, JSON.parse(data))
      }
    } catch (error) {
      if (error instanceof Failure && !error.passes) {
        onState?.("ended")
        throw error
      }
    }
    if (!signal.aborted) onState?.("reconnecting")
    await pause(signal)
  }
}
