import * as React from "react"
import { cn } from "@/components/ui/cn.ts"

/** What is scrolled must be reached by keyboard; what fits needs no stop of its own. */
export function Table({ className, ...props }: React.ComponentProps<"table">) {
  const [scrolls, setScrolls] = React.useState(false)
  const watch = React.useCallback((container: HTMLDivElement) => {
    const size = new ResizeObserver(() => setScrolls(container.scrollWidth > container.clientWidth))
    size.observe(container)
    if (container.firstElementChild !== null) size.observe(container.firstElementChild)
    return () => size.disconnect()
  }, [])
  return (
    <div
      ref={watch}
      data-slot="table-container"
      tabIndex={scrolls ? 0 : undefined}
      className="relative w-full overflow-x-auto rounded-sm outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50"
    >
      <table data-slot="table" className={cn("w-full caption-bottom text-sm", className)} {...props} />
    </div>
  )
}

export function TableHeader({ className, ...props }: React.ComponentProps<"thead">) {
  return <thead data-slot="table-header" className={cn("[&_tr]:border-b", className)} {...props} />
}

export function TableBody({ className, ...props }: React.ComponentProps<"tbody">) {
  return <tbody data-slot="table-body" className={cn("[&_tr:last-child]:border-0", className)} {...props} />
}

export function TableRow({ className, ...props }: React.ComponentProps<"tr">) {
  return (
    <tr
      data-slot="table-row"
      className={cn("border-b transition-colors hover:bg-muted/50 data-[state=selected]:bg-muted", className)}
      {...props}
    />
  )
}

export function TableHead({ className, ...props }: React.ComponentProps<"th">) {
  return (
    <th
      data-slot="table-head"
      scope="col"
      className={cn("h-9 whitespace-nowrap px-3 text-left align-middle font-medium text-muted-foreground", className)}
      {...props}
    />
  )
}

export function TableCell({ className, ...props }: React.ComponentProps<"td">) {
  return <td data-slot="table-cell" className={cn("px-3 py-2 align-middle", className)} {...props} />
}
