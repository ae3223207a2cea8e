// Why a request is where it is, by the rules that decide.
import { useQuery } from "@tanstack/react-query"
import { Reasoning } from "@/components/Reasoning.tsx"
import { Answered } from "@/components/Answered.tsx"
import { Section } from "@/components/Section.tsx"
import { Time } from "@/components/Time.tsx"
import { explanationQuery } from "@/pages/request/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.request

export function Why({ id }: { id: string }) {
  const query = useQuery(explanationQuery(id))
  return (
    <Section title={words.why}>
      <Answered query={query} rows={3}>
        {({ body: why }) => (
          <div className="grid gap-3">
            <ol className="grid gap-2">
              {why.reasons.map(({ code, message, until }) => (
                <li key={code}>
                  <span className="break-words">{message}</span>{" "}
                  <code className="text-xs text-muted-foreground">{code}</code>
                  {until === null ? null : (
                    <span className="text-muted-foreground">
                      {" "}
                      {words.until} <Time at={until} />
                    </span>
                  )}
                </li>
              ))}
            </ol>
            <div className="text-muted-foreground">
              {why.place_in_line === null ? null : <p>{words.inLine(why.place_in_line)}</p>}
              {why.acts_because === null ? null : <p>{why.acts_because}</p>}
              <p>{words.attempts(why.attempts, why.max_attempts)}</p>
              {why.last_error_message === null || why.reasons[0]?.message === why.last_error_message ? null : (
                <p className="break-words">
                  {words.lastError}: {why.last_error_message} <code className="text-xs">{why.last_error_code}</code>
                </p>
              )}
            </div>
            {why.reasoning === null ? null : (
              <>
                <h3 className="text-muted-foreground">{words.reasoning}</h3>
                <Reasoning steps={why.reasoning} />
              </>
            )}
          </div>
        )}
      </Answered>
    </Section>
  )
}
