// What can be done with what a row is about.
import { Link, type LinkProps } from "@tanstack/react-router"
import { EllipsisIcon } from "lucide-react"
import { useMay } from "@/api/Role.ts"
import { Button } from "@/components/ui/button.tsx"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger
} from "@/components/ui/dropdown-menu.tsx"

/** A page of the console. */
export type To = Pick<LinkProps, "to" | "params" | "search">

export function RowMenu({
  label,
  links,
  remove
}: {
  label: string
  links: ReadonlyArray<To & { readonly label: string }>
  remove: { readonly label: string; readonly onSelect: () => void }
}) {
  if (useMay("admin") !== true) return null
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={label}>
          <EllipsisIcon aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {links.map(({ label, ...to }) => (
          <DropdownMenuItem key={label} asChild>
            <Link {...to}>{label}</Link>
          </DropdownMenuItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem className="text-destructive focus:text-destructive" onSelect={remove.onSelect}>
          {remove.label}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
