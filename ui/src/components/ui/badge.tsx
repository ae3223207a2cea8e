import { cva, type VariantProps } from "class-variance-authority"
import type * as React from "react"
import { cn } from "@/components/ui/cn.ts"

const badgeVariants = cva(
  "inline-flex w-fit shrink-0 items-center gap-1 whitespace-nowrap rounded-md border px-2 py-0.5 text-xs font-medium [&>svg]:size-3",
  {
    variants: {
      variant: {
        default: "border-transparent bg-primary text-primary-foreground",
        secondary: "border-transparent bg-secondary text-secondary-foreground",
        destructive: "border-destructive/30 bg-destructive/10 text-destructive",
        success: "border-success/30 bg-success/10 text-success",
        warning: "border-warning/30 bg-warning/10 text-warning",
        info: "border-info/30 bg-info/10 text-info",
        outline: "text-foreground"
      }
    },
    defaultVariants: { variant: "default" }
  }
)

export type BadgeVariant = NonNullable<VariantProps<typeof badgeVariants>["variant"]>

export function Badge({ className, variant, ...props }: React.ComponentProps<"span"> & { variant?: BadgeVariant }) {
  return <span data-slot="badge" className={cn(badgeVariants({ variant }), className)} {...props} />
}
