// A request's status, the same everywhere.
import { CheckIcon, CircleDashedIcon, CircleStopIcon, LoaderIcon, PlayIcon, XIcon } from "lucide-react"
import type { RunnerRequestView } from "../../../src/http/api/RequestsApi.ts"
import { Badge, type BadgeVariant } from "@/components/ui/badge.tsx"

const looks: Record<RunnerRequestView["status"], { variant: BadgeVariant; icon: typeof CheckIcon }> = {
  queued: { variant: "warning", icon: CircleDashedIcon },
  creating: { variant: "info", icon: LoaderIcon },
  running: { variant: "info", icon: PlayIcon },
  stopping: { variant: "secondary", icon: CircleStopIcon },
  completed: { variant: "success", icon: CheckIcon },
  failed: { variant: "destructive", icon: XIcon }
}

export function StatusBadge({ status }: { status: RunnerRequestView["status"] }) {
  const { variant, icon: Icon } = looks[status]
  return (
    <Badge variant={variant}>
      <Icon aria-hidden />
      {status}
    </Badge>
  )
}
