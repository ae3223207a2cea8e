// A link within running text or a table.
import { createLink } from "@tanstack/react-router"
import type { ComponentProps } from "react"
import { cn } from "@/components/ui/cn.ts"

function Anchor({ className, ...props }: ComponentProps<"a">) {
  // oxlint-disable-next-line jsx-a11y/anchor-has-content -- the caller's children are its content
  return <a className={cn("text-primary underline-offset-4 hover:underline", className)} {...props} />
}

export const TextLink = createLink(Anchor)
