// A spec whose circuit breaker is open: why, until when, and the way to let it go on.
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { PlayIcon } from "lucide-react"
import { toast } from "sonner"
import type { OverviewView } from "../../../../src/http/api/OverviewApi.ts"
import { call } from "@/api/Client.ts"
import { useMay } from "@/api/Role.ts"
import { Time } from "@/components/Time.tsx"
import { Button } from "@/components/ui/button.tsx"
import { overviewQuery } from "@/pages/overview/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.overview.specs.breaker
type Breaker = NonNullable<OverviewView["specs"][number]["breaker"]>

export function PausedSpec({ spec, breaker }: { spec: string; breaker: Breaker }) {
  const queries = useQueryClient()
  const mayResume = useMay("operator") === true
  const resume = useMutation({
    mutationFn: () => call("POST /runner_specs/:name/resume", { params: { name: spec } }),
    onSuccess: async () => {
      toast.success(words.resumed(spec))
      await queries.invalidateQueries({ queryKey: overviewQuery.queryKey })
    },
    onError: (error) => toast.error(error.message)
  })
  return (
    <div className="flex max-w-xl flex-wrap items-center gap-x-3 gap-y-1 text-sm whitespace-normal">
      <span>
        {words.died(breaker.deaths)} {breaker.last_death_message}{" "}
        {breaker.until === null ? (
          words.probing
        ) : (
          <>
            {words.again} <Time at={breaker.until} />
          </>
        )}
      </span>
      {mayResume ? (
        <Button
          variant="outline"
          size="sm"
          disabled={resume.isPending}
          aria-label={words.resumeSpec(spec)}
          onClick={() => resume.mutate()}
        >
          <PlayIcon aria-hidden />
          {words.resume}
        </Button>
      ) : null}
    </div>
  )
}
