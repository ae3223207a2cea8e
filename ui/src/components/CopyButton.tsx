// Copies a text, and says that it did.
import { CheckIcon, CopyIcon } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

const shownMillis = 1500

export function CopyButton({ value, what }: { value: string; what: string }) {
  const [isCopied, setIsCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
    } catch {
      // Without https browsers have no clipboard.
      toast.error(text.copy.failed)
      return
    }
    setIsCopied(true)
    setTimeout(() => setIsCopied(false), shownMillis)
  }
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      className="-my-1.5 text-muted-foreground"
      aria-label={isCopied ? text.copy.copied : text.copy.copy(what)}
      onClick={() => void copy()}
    >
      {isCopied ? <CheckIcon className="text-success" aria-hidden /> : <CopyIcon aria-hidden />}
    </Button>
  )
}
