// A link within running text or a table: one of the console's own, or, as `OutLink`, one that leads out of it.
import { createLink } from "@tanstack/react-router"
import type { ComponentProps } from "react"
import { cn } from "@/components/ui/cn.ts"

const look =
  "rounded-sm text-primary underline-offset-4 outline-none hover:underline focus-visible:ring-[3px] focus-visible:ring-ring/50"

function Anchor({ className, ...props }: ComponentProps<"a">) {
  // oxlint-disable-next-line jsx-a11y/anchor-has-content -- the caller's children are its content
  return <a className={cn(look, className)} {...props} />
}

/** Opens beside the console. */
export const OutLink = (props: ComponentProps<"a">) => <Anchor target="_blank" rel="noreferrer" {...props} />

export const TextLink = createLink(Anchor)
