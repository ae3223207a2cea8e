// Whatever can be named: a page, an action, a spec or group, a request by what its id, job, runner or sandbox begins with.
//
// Gotcha: requests are looked for by the service, so cmdk must not filter them: their items are mounted always, below what cmdk finds, and it
// does not know that they are there.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import {
  BookOpenIcon,
  BoxesIcon,
  BoxIcon,
  KeyboardIcon,
  LogOutIcon,
  MoonIcon,
  PlusIcon,
  RefreshCwIcon
} from "lucide-react"
import { useDeferredValue, useEffect, useState } from "react"
import type { ListedRequestView } from "../../../src/http/api/RequestsApi.ts"
import { call } from "@/api/Client.ts"
import { useMay } from "@/api/Role.ts"
import { disconnect } from "@/api/Session.ts"
import { creations, pages } from "@/components/Pages.ts"
import { StatusBadge } from "@/components/StatusBadge.tsx"
import { setTheme, themes } from "@/components/Theme.ts"
import {
  CommandEmpty,
  CommandGroup,
  CommandInput,
  CommandItem,
  CommandList,
  Command
} from "@/components/ui/command.tsx"
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog.tsx"
import { groupsQuery, specsQuery } from "@/pages/catalogue/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.palette

const valueOf = (id: string) => `request ${id}`

/** Requests of which something that names them begins so; none while nothing is entered. */
const useNamed = (beginning: string) => {
  const found = useQuery({
    queryKey: ["requests", "named", beginning],
    queryFn: ({ signal }) => call("GET /runner_requests", { query: { q: beginning, limit: 6 }, signal }),
    enabled: beginning !== ""
  })
  return { requests: found.data?.body ?? [], isLooking: found.isLoading }
}

function Requests({
  requests,
  selected,
  onSelect,
  onChosen
}: {
  requests: ReadonlyArray<ListedRequestView>
  selected: string
  onSelect: (value: string) => void
  onChosen: (id: string) => void
}) {
  const first = requests[0]?.id
  const isStale =
    selected === "" || (selected.startsWith(valueOf("")) && !requests.some(({ id }) => valueOf(id) === selected))
  // cmdk selects only among what is there when something is typed.
  useEffect(() => {
    if (isStale && first !== undefined) onSelect(valueOf(first))
  }, [isStale, first, onSelect])
  if (first === undefined) return null
  return (
    <CommandGroup heading={words.requests} forceMount>
      {requests.map((request) => (
        <CommandItem
          key={request.id}
          value={valueOf(request.id)}
          forceMount
          onSelect={() => onChosen(request.id)}
          className="flex-wrap"
        >
          <StatusBadge status={request.status} />
          <span className="font-mono text-xs">{request.id}</span>
          <span className="min-w-0 truncate text-muted-foreground">
            {request.repository_full_name}
            {request.job_name === null ? "" : ` · ${request.job_name}`}
          </span>
        </CommandItem>
      ))}
    </CommandGroup>
  )
}

/** Found when something of their names is typed; unasked they would bury the rest. What else is in a value is found, too. */
function Catalogue({ onChosen }: { onChosen: (to: "/specs/$name" | "/groups/$name", name: string) => void }) {
  const specs = useQuery(specsQuery).data ?? []
  const groups = useQuery(groupsQuery).data ?? []
  return (
    <CommandGroup heading={words.catalogue}>
      {specs.map(({ name }) => (
        <CommandItem key={`spec ${name}`} value={`${name} s`} onSelect={() => onChosen("/specs/$name", name)}>
          <BoxIcon aria-hidden />
          <span className="truncate">{name}</span>
        </CommandItem>
      ))}
      {groups.map(({ name }) => (
        <CommandItem key={`group ${name}`} value={`${name} g`} onSelect={() => onChosen("/groups/$name", name)}>
          <BoxesIcon aria-hidden />
          <span className="truncate">{name}</span>
        </CommandItem>
      ))}
    </CommandGroup>
  )
}

export function CommandPalette({
  onOpenChange,
  onClosed,
  onHelp
}: {
  onOpenChange: (open: boolean) => void
  onClosed: () => void
  onHelp: () => void
}) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const mayCreate = useMay("admin") === true
  const [entered, setEntered] = useState("")
  const [selected, setSelected] = useState("")
  const { isLooking, requests } = useNamed(useDeferredValue(entered.trim()))
  const then = (act: () => unknown) => () => {
    onOpenChange(false)
    void act()
  }
  return (
    <Dialog open onOpenChange={onOpenChange}>
      <DialogContent
        className="top-[20%] translate-y-0 gap-0 p-0"
        aria-describedby={undefined}
        onCloseAutoFocus={onClosed}
      >
        <DialogTitle className="sr-only">{words.title}</DialogTitle>
        <Command label={words.title} value={selected} onValueChange={setSelected}>
          <CommandInput placeholder={words.placeholder} value={entered} onValueChange={setEntered} className="pr-8" />
          <CommandList>
            {requests.length > 0 || isLooking ? null : <CommandEmpty>{words.none}</CommandEmpty>}
            <CommandGroup heading={words.pages}>
              {pages.map(({ icon: Icon, label, to }) => (
                <CommandItem key={to} onSelect={then(() => navigate({ to }))}>
                  <Icon aria-hidden />
                  {label}
                </CommandItem>
              ))}
            </CommandGroup>
            {entered.trim() === "" ? null : (
              <Catalogue onChosen={(to, name) => then(() => navigate({ to, params: { name } }))()} />
            )}
            <CommandGroup heading={words.actions}>
              {mayCreate
                ? creations.map(({ label, to }) => (
                    <CommandItem key={to} onSelect={then(() => navigate({ to, search: {} }))}>
                      <PlusIcon aria-hidden />
                      {label}
                    </CommandItem>
                  ))
                : null}
              <CommandItem onSelect={then(() => queries.invalidateQueries())}>
                <RefreshCwIcon aria-hidden />
                {words.refresh}
              </CommandItem>
              {themes.map((theme) => (
                <CommandItem key={theme} onSelect={then(() => setTheme(theme))}>
                  <MoonIcon aria-hidden />
                  {words.theme(text.theme[theme])}
                </CommandItem>
              ))}
              <CommandItem onSelect={then(() => window.open("/docs", "_blank", "noreferrer"))}>
                <BookOpenIcon aria-hidden />
                {words.docs}
              </CommandItem>
              <CommandItem onSelect={then(onHelp)}>
                <KeyboardIcon aria-hidden />
                {text.keys.title}
              </CommandItem>
              <CommandItem onSelect={then(disconnect)}>
                <LogOutIcon aria-hidden />
                {text.token.clear}
              </CommandItem>
            </CommandGroup>
            <Requests
              requests={requests}
              selected={selected}
              onSelect={setSelected}
              onChosen={(id) => then(() => navigate({ to: "/requests/$id", params: { id } }))()}
            />
          </CommandList>
        </Command>
      </DialogContent>
    </Dialog>
  )
}
