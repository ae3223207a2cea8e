// What an operator should look at although everything answers.
import { CircleAlertIcon } from "lucide-react"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"

export function Warnings({
  warnings
}: {
  warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>
}) {
  return warnings.map(({ code, message }) => (
    <Alert key={code} variant="warning">
      <CircleAlertIcon aria-hidden />
      <AlertTitle className="font-mono text-xs">{code}</AlertTitle>
      <AlertDescription>{message}</AlertDescription>
    </Alert>
  ))
}
