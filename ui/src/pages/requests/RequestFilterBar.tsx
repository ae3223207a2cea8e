// The filters of the list of requests; a time may be a span that ends now, or a beginning and an end.
import { XIcon } from "lucide-react"
import { Filters, FilterSelect, FilterText } from "@/components/Filters.tsx"
import { Button } from "@/components/ui/button.tsx"
import { beginningOf, type RequestFilters, type RequestOrder } from "@/pages/requests/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.requests.filters
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })

/** A time as a field for times of the viewer's zone has it; undefined: it is none. */
const localText = (time: string | undefined): string | undefined => {
  const millis = Date.parse(time ?? "")
  if (Number.isNaN(millis)) return undefined
  return new Date(millis - new Date(millis).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const fromLocal = (entered: string | undefined): string | undefined =>
  entered === undefined ? undefined : new Date(entered).toISOString()

function Chip({ children, onRemove }: { children: string; onRemove: () => void }) {
  return (
    <Button variant="secondary" size="sm" onClick={onRemove}>
      {children}
      <XIcon aria-label={words.remove} />
    </Button>
  )
}

type Change = (part: RequestFilters) => void

function Times({ filter, change }: { filter: RequestFilters; change: Change }) {
  const { created_after: after, created_before: before, within } = filter
  const isBetween = after !== undefined || before !== undefined
  const choose = (chosen: keyof typeof words.times | undefined) =>
    change(
      chosen === "between"
        ? { within: undefined, created_after: beginningOf(within ?? "24h", Date.now()) }
        : { within: chosen, created_after: undefined, created_before: undefined }
    )
  return (
    <>
      <FilterSelect
        label={words.created}
        value={isBetween ? "between" : within}
        options={words.times}
        onChange={choose}
      />
      {isBetween ? (
        <>
          <FilterText
            label={words.from}
            type="datetime-local"
            value={localText(after)}
            onChange={(entered) => change({ created_after: fromLocal(entered) })}
          />
          <FilterText
            label={words.until}
            type="datetime-local"
            value={localText(before)}
            onChange={(entered) => change({ created_before: fromLocal(entered) })}
          />
        </>
      ) : null}
    </>
  )
}

export function RequestFilterBar({
  filter,
  order,
  onFilter,
  onOrder
}: {
  filter: RequestFilters
  order: RequestOrder
  onFilter: (filter: RequestFilters) => void
  onOrder: (order: RequestOrder) => void
}) {
  const change: Change = (part) => onFilter({ ...filter, ...part })
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const ended = filter.finished_after
  return (
    <Filters onClear={isFiltered ? () => onFilter({}) : undefined}>
      <FilterSelect
        label={words.status}
        value={filter.status}
        options={text.requests.statuses}
        onChange={(status) => change({ status })}
      />
      <Times filter={filter} change={change} />
      <FilterText label={words.search} hint={words.searchHint} value={filter.q} onChange={(q) => change({ q })} />
      <FilterText
        label={words.repository}
        hint={words.repositoryHint}
        value={filter.repository}
        onChange={(repository) => change({ repository })}
      />
      <FilterText label={words.spec} value={filter.spec} onChange={(spec) => change({ spec })} />
      <FilterText label={words.workflow} value={filter.workflow} onChange={(workflow) => change({ workflow })} />
      <FilterText
        label={words.reason}
        value={filter.failure_reason}
        onChange={(failure_reason) => change({ failure_reason })}
      />
      {ended === undefined ? null : (
        <Chip onRemove={() => change({ finished_after: undefined })}>
          {words.endedSince(Number.isNaN(Date.parse(ended)) ? ended : exact.format(Date.parse(ended)))}
        </Chip>
      )}
      {order.sort === "finished_at" && ended === undefined ? (
        <Chip onRemove={() => onOrder({})}>{words.onlyEnded}</Chip>
      ) : null}
    </Filters>
  )
}
