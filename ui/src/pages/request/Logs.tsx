// The logs of a request, live: only the lines that are seen are in the page.
import { useVirtualizer } from "@tanstack/react-virtual"
import { DownloadIcon } from "lucide-react"
import { useEffect, useId, useRef, useState } from "react"
import { toast } from "sonner"
import { open } from "@/api/Client.ts"
import { useLive } from "@/api/Live.ts"
import { LiveBadge } from "@/components/LiveBadge.tsx"
import { Section } from "@/components/Section.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Checkbox } from "@/components/ui/checkbox.tsx"
import { Input } from "@/components/ui/input.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs.tsx"
import { LogLine } from "@/pages/request/LogLine.tsx"
import { appended, completeLines, mostLines } from "@/pages/request/LogText.ts"
import { type LogName, logs } from "@/pages/request/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.request

/** Enough for as many lines as are kept here, in characters. */
const tail = 4 * 1024 * 1024

/** The newest lines of a log so far. */
const useLog = (id: string, name: LogName) => {
  const [lines, setLines] = useState<ReadonlyArray<string>>([])
  const live = useLive({
    route: "GET /runner_requests/:id/logs/:name/stream",
    params: { id, name },
    query: { tail },
    onEvent: (event, data) => {
      if (event === "text") setLines((known) => appended(known, (data as { readonly text: string }).text))
    }
  })
  return { lines: completeLines(lines), live }
}

const revokedAfterMillis = 60_000

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
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), revokedAfterMillis)
}

const lineHeight = 18
/** Beyond this it scrolls. */
const mostHeight = 480
const padding = 18

const upward: ReadonlySet<string> = new Set(["ArrowUp", "PageUp", "Home"])

/** `onLeave`: the reader turned away from the end. */
function Lines({
  lines,
  wrap,
  following,
  onLeave
}: {
  lines: ReadonlyArray<string>
  wrap: boolean
  following: boolean
  onLeave: () => void
}) {
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
      onWheel={({ deltaY }) => {
        if (deltaY < 0) onLeave()
      }}
      onKeyDown={({ key }) => {
        if (upward.has(key)) onLeave()
      }}
      onTouchMove={onLeave}
      // On the scroll bar, which is nobody's child.
      onPointerDown={({ currentTarget, target }) => {
        if (target === currentTarget) onLeave()
      }}
      style={{ height: Math.min(mostHeight, virtual.getTotalSize() + padding) }}
      className="min-h-24 overflow-auto rounded-md border bg-muted/30 p-2 font-mono text-xs outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50"
    >
      <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            ref={virtual.measureElement}
            data-index={index}
            className={`absolute left-0 top-0 min-h-[18px] leading-[18px] ${wrap ? "w-full whitespace-pre-wrap wrap-anywhere" : "whitespace-pre"}`}
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
  const { lines, live } = useLog(id, name)
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
        <span className="ml-auto">
          <LiveBadge state={live} />
        </span>
        <Button
          variant="outline"
          size="sm"
          onClick={() => void download(id, name).catch((error: Error) => toast.error(error.message))}
        >
          <DownloadIcon aria-hidden />
          {words.download}
        </Button>
      </div>
      {found.length === 0 ? (
        <p className="rounded-md border bg-muted/30 p-3 text-muted-foreground">
          {lines.length === 0 ? words.noLog : words.noLine}
        </p>
      ) : (
        <Lines lines={found} wrap={wrap} following={following} onLeave={() => setFollowing(false)} />
      )}
      {lines.length < mostLines - 1 ? null : (
        <p className="text-xs text-muted-foreground">{words.onlyNewest(lines.length)}</p>
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
          <Log key={`${id} ${name}`} id={id} name={name} />
        </TabsContent>
      </Tabs>
    </Section>
  )
}
