// The frame of the page of one spec, group or policy.
import type { ReactNode } from "react"

/** What is changed, and beside it, or below where it is narrow, what is to be known for that. */
export function BesideForm({ children, side }: { children: ReactNode; side: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      {children}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">{side}</div>
    </div>
  )
}
