// The head of a column by which the service can sort.
import { ArrowDownIcon, ArrowUpIcon, ChevronsUpDownIcon } from "lucide-react"
import { cn } from "@/components/ui/cn.ts"
import { TableHead } from "@/components/ui/table.tsx"

/** `sorted`: which way the list is sorted by this column now; undefined: it is sorted by another. */
export function SortableHead({
  title,
  sorted,
  onSort,
  className
}: {
  title: string
  sorted: "asc" | "desc" | undefined
  onSort: () => void
  className?: string | undefined
}) {
  const Icon = sorted === undefined ? ChevronsUpDownIcon : sorted === "asc" ? ArrowUpIcon : ArrowDownIcon
  return (
    <TableHead
      aria-sort={sorted === undefined ? undefined : sorted === "asc" ? "ascending" : "descending"}
      className={className}
    >
      <button
        type="button"
        onClick={onSort}
        className={cn(
          "-mx-1 flex items-center gap-1 rounded-sm px-1 outline-none hover:text-foreground focus-visible:ring-[3px] focus-visible:ring-ring/50",
          sorted !== undefined && "text-foreground"
        )}
      >
        {title}
        <Icon className={cn("size-3.5", sorted === undefined && "opacity-60")} aria-hidden />
      </button>
    </TableHead>
  )
}
