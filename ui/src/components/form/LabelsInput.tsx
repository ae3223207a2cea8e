// Labels as chips: Enter or a comma ends one, the arrow keys go through them, Enter or a double click changes one.
import { normalizeProps, useMachine } from "@zag-js/react"
import * as tagsInput from "@zag-js/tags-input"
import { XIcon } from "lucide-react"
import type { ClipboardEvent } from "react"
import type { ControlProps } from "@/components/form/FormField.tsx"
import { labelsIn } from "@/components/form/PastedLabels.ts"
import { text } from "@/text/Text.ts"

const words = text.form.labels

export function LabelsInput({
  control,
  focusRef,
  value,
  placeholder,
  onChange
}: {
  control: ControlProps
  focusRef: (element: HTMLInputElement | null) => void
  value: ReadonlyArray<string>
  placeholder: string | undefined
  onChange: (labels: ReadonlyArray<string>) => void
}) {
  const service = useMachine(tagsInput.machine, {
    id: control.id,
    ids: { input: control.id },
    value: [...value],
    onValueChange: (changed) => onChange(changed.value),
    invalid: control["aria-invalid"],
    blurBehavior: "add",
    maxLength: 256,
    ...(placeholder === undefined ? {} : { placeholder }),
    translations: {
      deleteTagTriggerLabel: words.remove,
      tagAdded: words.added,
      tagsPasted: (labels) => words.added(labels.join(", ")),
      tagEdited: words.edited,
      tagUpdated: words.updated,
      tagDeleted: words.removed,
      tagSelected: words.selected
    }
  })
  const api = tagsInput.connect(service, normalizeProps)
  const paste = (event: ClipboardEvent) => {
    const labels = labelsIn(event.clipboardData.getData("text/plain"))
    if (labels.length < 2) return
    event.preventDefault()
    api.setValue([...new Set([...value, ...labels])])
  }
  return (
    <div {...api.getRootProps()}>
      <div
        {...api.getControlProps()}
        className="flex min-h-9 flex-wrap items-center gap-1 rounded-md border border-input px-1.5 py-1 data-[focus]:border-ring data-[focus]:ring-[3px] data-[focus]:ring-ring/50 data-[invalid]:border-destructive"
      >
        {api.value.map((label, index) => {
          const item = { index, value: label }
          return (
            <span key={`${index} ${label}`} {...api.getItemProps(item)} className="flex min-w-0">
              <span
                {...api.getItemPreviewProps(item)}
                className="flex min-w-0 items-center gap-1 rounded-md bg-secondary py-0.5 pl-2 pr-0.5 text-xs font-medium text-secondary-foreground data-[highlighted]:bg-primary data-[highlighted]:text-primary-foreground"
              >
                <span {...api.getItemTextProps(item)} className="wrap-anywhere">
                  {label}
                </span>
                <button
                  {...api.getItemDeleteTriggerProps(item)}
                  tabIndex={0}
                  className="rounded-sm p-0.5 opacity-70 outline-none hover:opacity-100 focus-visible:ring-[3px] focus-visible:ring-ring/50"
                >
                  <XIcon className="size-3" aria-hidden />
                </button>
              </span>
              <input
                {...api.getItemInputProps(item)}
                className="h-6 rounded-md border border-ring bg-transparent px-2 text-xs outline-none"
              />
            </span>
          )
        })}
        <input
          {...api.getInputProps()}
          ref={focusRef}
          aria-describedby={control["aria-describedby"]}
          onPaste={paste}
          spellCheck={false}
          className="h-6 min-w-24 flex-1 bg-transparent px-1.5 text-sm outline-none placeholder:text-muted-foreground"
        />
      </div>
    </div>
  )
}
