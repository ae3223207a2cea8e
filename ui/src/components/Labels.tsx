// Labels, as they are everywhere.
import { Badge } from "@/components/ui/badge.tsx"

export function Labels({ labels }: { labels: ReadonlyArray<string> }) {
  return (
    <span className="flex flex-wrap gap-1">
      {labels.map((label) => (
        <Badge key={label} variant="secondary" className="max-w-full whitespace-normal wrap-anywhere">
          {label}
        </Badge>
      ))}
    </span>
  )
}
