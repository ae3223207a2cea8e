// The logs of a request, live: only the lines that are seen are in the page.
import { useVirtualizer } from "@tanstack/react-virtual"
import { DownloadIcon } from "lucide-react"
import { useEffect, useId, useRef, useState } from "react"
import { toast } from "sonner"
import { open } from "@/api/Client.ts"
import { follow } from "@/api/Events.ts"
import { Failure } from "@/api/Failure.ts"
import { Section } from "@/components/Section.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Checkbox } from "@/components/ui/checkbox.tsx"
import { Input } from "@/components/ui/input.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs.tsx"
import { LogLine } from "@/pages/request/LogLine.tsx"
import { appended, completeLines } from "@/pages/request/LogText.ts"
import { type LogName, logs } from "@/pages/request/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.request

/** The lines of a log so far. */
const useLog = (id: string, name: LogName): ReadonlyArray<string> => {
  const [lines, setLines] = useState<ReadonlyArray<string>>([])
  useEffect(() => {
    const over = new AbortController()
    setLines([])
    follow("GET /runner_requests/:id/logs/:name/stream", {
      params: { id, name },
      signal: over.signal,
      onEvent: (event, data) => {
        if (event === "text") setLines((known) => appended(known, (data as { readonly text: string }).text))
      }
    }).catch((error: unknown) => {
      if (!over.signal.aborted) toast.error(error instanceof Failure ? error.message : String(error))
    })
    return () => over.abort()
  }, [id, name])
  return completeLines(lines)
}

const download = async (id: string, name: LogName) => {
  const response = await open("GET /runner_requests/:id/logs/:name", {
    params: { id, name },
    query: { tail: 6 * 1024 * 1024, download: "true" }
  })
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement("a")
  link.href = address
  link.download = `${id}-${name}`
  link.click()
  URL.revokeObjectURL(address)
}

const lineHeight = 18

function Lines({ lines, wrap, following }: { lines: ReadonlyArray<string>; wrap: boolean; following: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: () => lineHeight,
    overscan: 20
  })
  useEffect(() => {
    if (following && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: "end" })
  }, [following, lines.length, virtual])
  return (
    <div
      ref={place}
      role="log"
      aria-label={words.logs}
      aria-live="off"
      tabIndex={0}
      className="h-96 overflow-auto rounded-md border bg-muted/30 p-2 font-mono text-xs outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50"
    >
      <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            ref={virtual.measureElement}
            data-index={index}
            className={`absolute left-0 top-0 min-h-[18px] leading-[18px] ${wrap ? "w-full whitespace-pre-wrap break-all" : "whitespace-pre"}`}
            style={{ transform: `translateY(${start}px)` }}
          >
            <LogLine line={lines[index] ?? ""} />
          </div>
        ))}
      </div>
    </div>
  )
}

function Switch({
  label,
  checked,
  onChange
}: {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  const field = useId()
  return (
    <span className="flex items-center gap-1.5">
      <Checkbox id={field} checked={checked} onCheckedChange={(value) => onChange(value === true)} />
      <Label htmlFor={field} className="font-normal">
        {label}
      </Label>
    </span>
  )
}

function Log({ id, name }: { id: string; name: LogName }) {
  const lines = useLog(id, name)
  const [wrap, setWrap] = useState(true)
  const [following, setFollowing] = useState(true)
  const [wanted, setWanted] = useState("")
  const found = wanted === "" ? lines : lines.filter((line) => line.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Input
          type="search"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          placeholder={words.searchLog}
          aria-label={words.searchLog}
          className="h-8 w-48"
        />
        <Switch label={words.follow} checked={following} onChange={setFollowing} />
        <Switch label={words.wrap} checked={wrap} onChange={setWrap} />
        <Button variant="outline" size="sm" className="ml-auto" onClick={() => void download(id, name)}>
          <DownloadIcon aria-hidden />
          {words.download}
        </Button>
      </div>
      {found.length === 0 ? (
        <p className="rounded-md border bg-muted/30 p-3 text-muted-foreground">
          {lines.length === 0 ? words.noLog : words.noLine}
        </p>
      ) : (
        <Lines lines={found} wrap={wrap} following={following} />
      )}
    </div>
  )
}

export function Logs({ id, name, onName }: { id: string; name: LogName; onName: (name: LogName) => void }) {
  return (
    <Section title={words.logs}>
      <Tabs value={name} onValueChange={(value) => onName(value as LogName)}>
        <TabsList aria-label={words.logs}>
          {logs.map((each) => (
            <TabsTrigger key={each} value={each}>
              {words.logNames[each]}
            </TabsTrigger>
          ))}
        </TabsList>
        <TabsContent value={name}>
          <Log key={name} id={id} name={name} />
        </TabsContent>
      </Tabs>
    </Section>
  )
}
