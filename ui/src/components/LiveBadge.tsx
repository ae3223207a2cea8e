// Whether what is shown follows the service, and that it does not when it cannot be reached.
import { RadioIcon, WifiOffIcon } from "lucide-react"
import type { LiveState } from "@/api/Events.ts"
import { Badge } from "@/components/ui/badge.tsx"
import { text } from "@/text/Text.ts"

export function LiveBadge({ state }: { state: LiveState }) {
  const isAway = state === "reconnecting"
  return (
    <Badge variant={isAway ? "warning" : "secondary"} role="status">
      {isAway ? <WifiOffIcon aria-hidden /> : <RadioIcon aria-hidden />}
      {text.live[state]}
    </Badge>
  )
}
