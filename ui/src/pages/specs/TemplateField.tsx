// The template of a spec, asked about at E2B while it is being typed.
import { useQuery } from "@tanstack/react-query"
import { CircleAlertIcon, CircleCheckIcon, LoaderCircleIcon, TriangleAlertIcon } from "lucide-react"
import { type ReactNode, useEffect, useState } from "react"
import { type Control, useController } from "react-hook-form"
import type { Failure } from "@/api/Failure.ts"
import type { Body } from "@/api/Client.ts"
import { FormField } from "@/components/form/FormField.tsx"
import { Time } from "@/components/Time.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Input } from "@/components/ui/input.tsx"
import { templateQuery } from "@/pages/catalogue/Queries.ts"
import type { SpecValues } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

const words = text.spec
const told = words.template

/** Whoever types is not answered about each letter. */
const pauseMillis = 400

const usePaused = (value: string): string => {
  const [paused, setPaused] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), pauseMillis)
    return () => clearTimeout(timer)
  }, [value])
  return paused
}

const size = (mebibytes: number) =>
  mebibytes >= 1024
    ? `${(mebibytes / 1024).toLocaleString("en", { maximumFractionDigits: 1 })} GiB`
    : `${mebibytes} MiB`

function Line({ icon, className, children }: { icon: ReactNode; className: string; children: ReactNode }) {
  return (
    <div className={`flex items-start gap-1.5 text-xs [&>svg]:mt-px [&>svg]:size-3.5 [&>svg]:shrink-0 ${className}`}>
      {icon}
      <div className="min-w-0 break-words">{children}</div>
    </div>
  )
}

function Found({ template, asked }: { template: Body<"GET /sandbox_templates/:template">; asked: string }) {
  const others = template.names.filter((name) => name !== asked)
  const facts = [
    template.builds === 0 ? null : told.builds(template.usable_builds, template.builds),
    template.cpu_count === null ? null : told.cpus(template.cpu_count),
    template.memory_mb === null ? null : told.memory(size(template.memory_mb)),
    template.disk_size_mb === null ? null : told.disk(size(template.disk_size_mb)),
    others.length === 0 ? null : told.names(others.join(", "))
  ].filter((fact) => fact !== null)
  return (
    <Line icon={<CircleCheckIcon aria-hidden />} className="text-success">
      <p className="font-medium">{told.found(template.template_id)}</p>
      <p className="text-muted-foreground">
        {facts.length === 0 ? template.message : facts.join(" · ")}
        {template.built_at === null ? null : (
          <>
            {" · "}
            {told.built} <Time at={template.built_at} />
          </>
        )}
      </p>
    </Line>
  )
}

function Problem({ failure, onAgain }: { failure: Failure; onAgain: () => void }) {
  const isWrong = failure.code === "not_found" || failure.code === "invalid_template"
  return (
    <Line
      icon={isWrong ? <CircleAlertIcon aria-hidden /> : <TriangleAlertIcon aria-hidden />}
      className={isWrong ? "text-destructive" : "text-warning"}
    >
      <p className="font-medium">{isWrong ? told.unknown : told.cannotAsk}</p>
      <p className="text-muted-foreground">
        {failure.message}{" "}
        <Button type="button" variant="link" className="h-auto p-0 text-xs" onClick={onAgain}>
          {told.again}
        </Button>
      </p>
    </Line>
  )
}

function Look({ template, isTyping }: { template: string; isTyping: boolean }) {
  const look = useQuery({ ...templateQuery(template), enabled: template !== "" && !isTyping, retry: false })
  if (template === "") return null
  if (isTyping || look.isFetching)
    return (
      <Line icon={<LoaderCircleIcon className="animate-spin" aria-hidden />} className="text-muted-foreground">
        {told.checking}
      </Line>
    )
  if (look.isError) return <Problem failure={look.error} onAgain={() => void look.refetch()} />
  if (look.data === undefined) return null
  if (look.data.usable) return <Found template={look.data} asked={template} />
  return (
    <Line icon={<CircleAlertIcon aria-hidden />} className="text-destructive">
      <p className="font-medium">{look.data.message}</p>
    </Line>
  )
}

export function TemplateField({ control }: { control: Control<SpecValues> }) {
  const { field, fieldState } = useController({
    control,
    name: "template_id",
    rules: { validate: (value) => value.trim() !== "" || text.form.required }
  })
  const typed = field.value.trim()
  const paused = usePaused(typed)
  return (
    <FormField label={words.fields.template_id} hint={words.hints.template_id} error={fieldState.error?.message}>
      {(props) => (
        <>
          <Input
            {...field}
            {...props}
            placeholder={words.placeholders.template_id}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
          <div role="status" aria-label={words.fields.template_id}>
            <Look template={paused} isTyping={typed !== paused} />
          </div>
        </>
      )}
    </FormField>
  )
}
