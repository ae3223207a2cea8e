// Why a request is where it is, by the rules that decide.
import { useQuery } from "@tanstack/react-query"
import type { RunnerRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { Reasoning } from "@/components/Reasoning.tsx"
import { Answered } from "@/components/Answered.tsx"
import { Section } from "@/components/Section.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { explanationQuery } from "@/pages/request/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.request

const advices: Readonly<Record<string, string>> = text.advice

/** `exit_code_137` and its like are one reason. */
const adviceFor = (code: string): string | undefined => advices[code.replace(/^(exit_code)_\d+$/, "$1")]

function Advice({ codes }: { codes: ReadonlyArray<string | null> }) {
  const told = codes.map((code) => (code === null ? undefined : adviceFor(code))).find((advice) => advice !== undefined)
  return told === undefined ? null : (
    <p className="break-words rounded-md border border-warning/30 bg-warning/5 px-3 py-2">
      <span className="font-medium">{words.advice}:</span> {told}
    </p>
  )
}

export function Why({ request }: { request: RunnerRequestView }) {
  const query = useQuery(explanationQuery(request.id))
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
            <Advice codes={[request.failure_reason, why.last_error_code]} />
            <div className="text-muted-foreground">
              {why.place_in_line === null ? null : <p>{words.inLine(why.place_in_line)}</p>}
              {why.acts_because === null || why.next_actor === "nobody" ? null : (
                <p className="break-words">
                  {words.next[why.next_actor]}: {why.acts_because}, <Time at={why.acts_by} />
                </p>
              )}
              <p>{words.attempts(why.attempts, why.max_attempts)}</p>
              {why.last_error_message === null || why.reasons[0]?.message === why.last_error_message ? null : (
                <p className="break-words">
                  {words.lastError}: {why.last_error_message} <code className="text-xs">{why.last_error_code}</code>
                </p>
              )}
            </div>
            {why.reasoning === null ? null : (
              <>
                <h3 className="flex flex-wrap justify-between gap-x-3 text-muted-foreground">
                  {words.reasoning}
                  <TextLink
                    to="/match"
                    search={{
                      repository: request.repository_full_name,
                      labels: request.requested_labels.join(", ")
                    }}
                  >
                    {words.toMatch}
                  </TextLink>
                </h3>
                <Reasoning steps={why.reasoning} />
              </>
            )}
          </div>
        )}
      </Answered>
    </Section>
  )
}
