// Controls by which lists are filtered. What they say is part of the page's address, which the page changes.
import { XIcon } from "lucide-react"
import { type ReactNode, useEffect, useId, useRef } from "react"
import { Button } from "@/components/ui/button.tsx"
import { Input } from "@/components/ui/input.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select.tsx"
import { text } from "@/text/Text.ts"

const any = "*"

/** One of several, or any. */
export function FilterSelect<V extends string>({
  label,
  value,
  options,
  onChange
}: {
  label: string
  value: V | undefined
  options: Readonly<Record<V, string>>
  onChange: (value: V | undefined) => void
}) {
  const field = useId()
  const choose = (chosen: string) => onChange(chosen === any ? undefined : (chosen as V))
  return (
    <div className="grid gap-1">
      <Label htmlFor={field} className="text-xs text-muted-foreground">
        {label}
      </Label>
      <Select value={value ?? any} onValueChange={choose}>
        <SelectTrigger id={field} className="h-8 w-full min-w-28 sm:w-fit">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={any}>{text.filters.any}</SelectItem>
          {Object.entries<string>(options).map(([key, name]) => (
            <SelectItem key={key} value={key}>
              {name}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  )
}

/** A text that counts when it is entered: by Enter, or when the field is left. */
export function FilterText({
  label,
  value,
  hint,
  type,
  onChange
}: {
  label: string
  value: string | undefined
  hint?: string
  type?: "datetime-local"
  onChange: (value: string | undefined) => void
}) {
  const field = useId()
  const input = useRef<HTMLInputElement>(null)
  // The address may change by the browser's back button.
  useEffect(() => {
    if (input.current !== null) input.current.value = value ?? ""
  }, [value])
  const enter = (entered: string) => {
    const trimmed = entered.trim()
    if (trimmed !== (value ?? "")) onChange(trimmed === "" ? undefined : trimmed)
  }
  return (
    <div className="grid gap-1">
      <Label htmlFor={field} className="text-xs text-muted-foreground">
        {label}
      </Label>
      <Input
        ref={input}
        id={field}
        defaultValue={value}
        placeholder={hint}
        type={type}
        className={type === undefined ? "h-8 w-full sm:w-36" : "h-8 w-full sm:w-fit"}
        onBlur={(event) => enter(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") enter(event.currentTarget.value)
        }}
      />
    </div>
  )
}

/** `onClear`: absent when nothing is filtered. */
export function Filters({ children, onClear }: { children: ReactNode; onClear: (() => void) | undefined }) {
  return (
    <div role="search" className="mb-3 grid grid-cols-2 items-end gap-2 sm:flex sm:flex-wrap">
      {children}
      {onClear === undefined ? null : (
        <Button variant="ghost" size="sm" onClick={onClear}>
          <XIcon aria-hidden />
          {text.filters.clear}
        </Button>
      )}
    </div>
  )
}
