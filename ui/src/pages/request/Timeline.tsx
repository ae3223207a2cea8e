// What happened to a request, the newest first.
import { useQuery } from "@tanstack/react-query"
import { Answered } from "@/components/Answered.tsx"
import { Section } from "@/components/Section.tsx"
import { Time } from "@/components/Time.tsx"
import { timelineQuery } from "@/pages/request/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.request

export function Timeline({ id }: { id: string }) {
  const query = useQuery(timelineQuery(id))
  return (
    <Section title={words.timeline}>
      <Answered query={query} rows={5}>
        {({ body: entries }) =>
          entries.length === 0 ? (
            <p className="text-muted-foreground">{words.noTimeline}</p>
          ) : (
            <ol className="grid gap-2.5">
              {entries.toReversed().map((entry, index) => (
                <li key={entries.length - index} className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-3">
                  <span className="text-muted-foreground">
                    <Time at={entry.at} />
                  </span>
                  <span className="min-w-0 break-words">
                    {entry.message} <code className="text-xs text-muted-foreground">{entry.code}</code>
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Answered>
    </Section>
  )
}
