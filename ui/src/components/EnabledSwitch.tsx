// Turns something on or off where it is listed; who may not is told which it is.
import { useMutation } from "@tanstack/react-query"
import { toast } from "sonner"
import { useMay } from "@/api/Role.ts"
import { Badge } from "@/components/ui/badge.tsx"
import { Switch } from "@/components/ui/switch.tsx"
import { text } from "@/text/Text.ts"

export function EnabledSwitch({
  label,
  enabled,
  onChange
}: {
  label: string
  enabled: boolean
  /** Resolves to what is to be told, once the lists show it. */
  onChange: (enabled: boolean) => Promise<string>
}) {
  const change = useMutation({
    mutationFn: onChange,
    onSuccess: (told, to) => toast.success(told, { action: { label: text.undo, onClick: () => change.mutate(!to) } }),
    onError: (failure) => toast.error(failure.message)
  })
  if (useMay("admin") !== true)
    return <Badge variant={enabled ? "success" : "secondary"}>{text.enabled[enabled ? "yes" : "no"]}</Badge>
  return (
    <Switch
      aria-label={label}
      // What was asked for shows at once.
      checked={change.isPending ? change.variables : enabled}
      disabled={change.isPending}
      onCheckedChange={(to) => change.mutate(to)}
    />
  )
}
