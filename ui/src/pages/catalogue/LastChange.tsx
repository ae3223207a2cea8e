// Who changed something last, by the audit trail.
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { Time } from "@/components/Time.tsx"
import { lastChangeQuery } from "@/pages/catalogue/Queries.ts"
import { text } from "@/text/Text.ts"

export function LastChange({ type, id }: { type: Parameters<typeof lastChangeQuery>[0]; id: string }) {
  const change = useQuery(lastChangeQuery(type, id)).data
  if (change === undefined || change === null) return null
  return (
    <p className="text-xs text-muted-foreground">
      <Link to="/audit" search={{ type, resource: id }} className="underline-offset-4 hover:underline">
        {text.form.lastChange(change.actor)}
      </Link>
      {", "}
      <Time at={change.created_at} />
    </p>
  )
}
