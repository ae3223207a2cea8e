// What became of a delivery.
import { Badge, type BadgeVariant } from "@/components/ui/badge.tsx"
import { text } from "@/text/Text.ts"

const names: Readonly<Record<string, string>> = text.deliveries.outcomes

const variants: Readonly<Record<string, BadgeVariant>> = {
  Created: "success",
  Refused: "destructive",
  Recorded: "info",
  RunToCheck: "info",
  Foreign: "warning"
}

export function OutcomeBadge({ outcome }: { outcome: string }) {
  return <Badge variant={variants[outcome] ?? "secondary"}>{names[outcome] ?? outcome}</Badge>
}
