import type * as React from "react"
import { cn } from "@/components/ui/cn.ts"

export function FieldGroup({ className, ...props }: React.ComponentProps<"div">) {
  return <div data-slot="field-group" className={cn("grid gap-5", className)} {...props} />
}

export function Field({
  className,
  orientation = "vertical",
  ...props
}: React.ComponentProps<"div"> & { orientation?: "vertical" | "horizontal" }) {
  return (
    <div
      role="group"
      data-slot="field"
      className={cn(
        "group/field gap-1.5 data-[invalid=true]:text-destructive",
        orientation === "vertical" ? "grid" : "flex items-start gap-3",
        className
      )}
      {...props}
    />
  )
}

export function FieldSet({ className, ...props }: React.ComponentProps<"fieldset">) {
  return <fieldset data-slot="field-set" className={cn("grid min-w-0 gap-1.5", className)} {...props} />
}

export function FieldLegend({ className, ...props }: React.ComponentProps<"legend">) {
  return (
    <legend data-slot="field-legend" className={cn("mb-1.5 text-sm font-medium leading-none", className)} {...props} />
  )
}

export function FieldDescription({ className, ...props }: React.ComponentProps<"p">) {
  return <p data-slot="field-description" className={cn("text-xs text-muted-foreground", className)} {...props} />
}

export function FieldError({ className, ...props }: React.ComponentProps<"p">) {
  return (
    <p
      role="alert"
      data-slot="field-error"
      className={cn("text-xs font-medium text-destructive", className)}
      {...props}
    />
  )
}
