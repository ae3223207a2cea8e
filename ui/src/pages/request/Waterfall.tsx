// The stages of the newest attempt, beside each other to scale.
import type { RunnerRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { Duration } from "@/components/Duration.tsx"
import { useNow } from "@/components/Time.tsx"
import { text } from "@/text/Text.ts"

const words = text.request.stageNames
type Stage = keyof typeof words

const looks: Record<Stage, string> = {
  queued: "bg-warning/60",
  creating: "bg-info/60",
  running: "bg-info/80",
  ready: "bg-muted-foreground/60",
  assigned: "bg-primary",
  stopping: "bg-muted-foreground/40"
}

/** Each stage that was reached, from its beginning to the next one's; the last goes on until now, or the end. */
const stagesOf = (request: RunnerRequestView, now: number) => {
  const begun: ReadonlyArray<readonly [Stage, string | null]> = [
    ["queued", request.created_at],
    ["creating", request.creating_at],
    ["running", request.running_at],
    ["ready", request.ready_at],
    ["assigned", request.assigned_at],
    ["stopping", request.stopping_at]
  ]
  const reached = begun.flatMap(([stage, at]) => (at === null ? [] : [{ stage, from: Date.parse(at) }]))
  const end = request.completed_at ?? request.failed_at
  const until = end === null ? now : Date.parse(end)
  return reached.map(({ from, stage }, index) => ({
    stage,
    from,
    to: Math.max(from, reached[index + 1]?.from ?? until)
  }))
}

export function Waterfall({ request }: { request: RunnerRequestView }) {
  const stages = stagesOf(request, useNow())
  const begin = stages[0]?.from ?? 0
  const whole = Math.max(1, (stages.at(-1)?.to ?? 0) - begin)
  const percent = (millis: number) => `${(millis / whole) * 100}%`
  return (
    <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1.5">
      {stages.map(({ from, stage, to }) => (
        <div key={stage} className="contents">
          <dt className="text-muted-foreground">{words[stage]}</dt>
          <dd className="h-3 rounded-sm bg-muted/50" aria-hidden>
            <div
              className={`h-full min-w-0.5 rounded-sm ${looks[stage]}`}
              style={{ marginLeft: percent(from - begin), width: percent(to - from) }}
            />
          </dd>
          <dd className="text-right">
            <Duration millis={to - from} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
