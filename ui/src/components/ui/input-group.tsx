import type * as React from "react"
import { cn } from "@/components/ui/cn.ts"

export function InputGroup({ className, ...props }: React.ComponentProps<"div">) {
  return (
    <div
      role="group"
      data-slot="input-group"
      className={cn(
        "flex h-9 w-full min-w-0 items-center rounded-md border border-input bg-transparent text-sm has-[input:focus-visible]:border-ring has-[input:focus-visible]:ring-[3px] has-[input:focus-visible]:ring-ring/50 has-[input[aria-invalid=true]]:border-destructive",
        className
      )}
      {...props}
    />
  )
}

export function InputGroupInput({ className, ...props }: React.ComponentProps<"input">) {
  return (
    <input
      data-slot="input-group-control"
      className={cn(
        "h-full min-w-0 flex-1 bg-transparent px-3 outline-none placeholder:text-muted-foreground disabled:opacity-50",
        className
      )}
      {...props}
    />
  )
}

export function InputGroupText({ className, ...props }: React.ComponentProps<"span">) {
  return (
    <span
      data-slot="input-group-text"
      className={cn("flex shrink-0 items-center gap-2 pr-3 text-muted-foreground", className)}
      {...props}
    />
  )
}
