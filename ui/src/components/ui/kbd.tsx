import type * as React from "react"
import { cn } from "@/components/ui/cn.ts"

export function Kbd({ className, ...props }: React.ComponentProps<"kbd">) {
  return (
    <kbd
      data-slot="kbd"
      className={cn(
        "inline-flex h-5 min-w-5 shrink-0 whitespace-nowrap items-center justify-center rounded-sm border bg-muted px-1 font-sans text-xs font-medium text-muted-foreground",
        className
      )}
      {...props}
    />
  )
}
