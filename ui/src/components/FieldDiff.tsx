// How two states of one thing differ, field by field.
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { text } from "@/text/Text.ts"

const words = text.diff

type State = unknown

const isRecord = (state: State): state is Readonly<Record<string, unknown>> =>
  typeof state === "object" && state !== null && !Array.isArray(state)

/** A value on one line. */
export const valueText = (value: unknown): string =>
  typeof value === "string"
    ? value
    : Array.isArray(value) && value.length > 0
      ? value.map(valueText).join(", ")
      : JSON.stringify(value)

interface FieldChange {
  readonly field: string
  /** Null: there was no such field. */
  readonly before: string | null
  readonly after: string | null
}

const fieldsOf = (state: State): ReadonlyMap<string, string> =>
  new Map(
    isRecord(state)
      ? Object.entries(state).map(([field, value]) => [field, valueText(value)] as const)
      : state === null || state === undefined
        ? []
        : [["", valueText(state)] as const]
  )

/** In the order of the fields; `same`: how many others there are. */
export const changesBetween = (before: State, after: State) => {
  const [was, is] = [fieldsOf(before), fieldsOf(after)]
  const fields = [...new Set([...was.keys(), ...is.keys()])]
  const changed = fields.filter((field) => was.get(field) !== is.get(field))
  const changes = changed.map((field): FieldChange => ({
    field,
    before: was.get(field) ?? null,
    after: is.get(field) ?? null
  }))
  return { changes, same: fields.length - changed.length }
}

export function Value({ value, className }: { value: string | null; className: string }) {
  return value === null ? (
    <span className="text-muted-foreground">{words.absent}</span>
  ) : (
    <code className={`whitespace-pre-wrap wrap-anywhere rounded-sm px-1 text-xs ${className}`}>
      {value === "" ? '""' : value}
    </code>
  )
}

/** Beside each other; where it is narrow below each other, with the signs by which differences of texts are marked. */
const stacked = {
  row: "max-sm:grid max-sm:grid-cols-[minmax(0,1fr)] max-sm:gap-1 max-sm:py-2",
  cell: "max-sm:block max-sm:px-1 max-sm:py-0",
  before: "max-sm:before:mr-1 max-sm:before:font-mono max-sm:before:content-['−']",
  after: "max-sm:before:mr-1 max-sm:before:font-mono max-sm:before:content-['+']"
}

export function FieldDiff({ before, after }: { before: State; after: State }) {
  const { changes, same } = changesBetween(before, after)
  return (
    <div className="grid gap-2">
      <Table className="max-sm:block">
        <TableHeader className="max-sm:sr-only">
          <TableRow>
            <TableHead>{words.field}</TableHead>
            <TableHead>{words.before}</TableHead>
            <TableHead>{words.after}</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody className="max-sm:block">
          {changes.map(({ after, before, field }) => (
            <TableRow key={field} className={stacked.row}>
              <TableCell className={`font-mono text-xs ${stacked.cell}`}>{field}</TableCell>
              <TableCell className={`${stacked.cell} ${stacked.before}`}>
                <Value value={before} className="bg-destructive/10 text-destructive" />
              </TableCell>
              <TableCell className={`${stacked.cell} ${stacked.after}`}>
                <Value value={after} className="bg-success/10 text-success" />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {same === 0 ? null : <p className="text-xs text-muted-foreground">{words.same(same)}</p>}
    </div>
  )
}
