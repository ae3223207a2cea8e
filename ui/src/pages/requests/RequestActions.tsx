// Stop and retry of one request or several, each after it was confirmed; offered to those whose token may.
import { RotateCcwIcon, SquareIcon } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import type { RunnerRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { call } from "@/api/Client.ts"
import { useMay } from "@/api/Role.ts"
import { Failure } from "@/api/Failure.ts"
import {
  AlertDialog,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle
} from "@/components/ui/alert-dialog.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

const words = text.requests
type Request = Pick<RunnerRequestView, "id" | "status" | "next_retry_at">
type Action = "stop" | "retry"

const isOver = ({ status }: Request) => status === "completed" || status === "failed"

const allows: Record<Action, (request: Request) => boolean> = {
  stop: (request) => !isOver(request),
  retry: (request) => request.status === "failed" || (request.status === "queued" && request.next_retry_at !== null)
}

const ask: Record<Action, (id: string) => Promise<unknown>> = {
  stop: (id) => call("DELETE /runner_requests/:id", { params: { id } }),
  retry: (id) => call("POST /runner_requests/:id/retry", { params: { id } })
}

/** All are asked for, whatever becomes of one; each refusal is told. */
const askForAll = async (action: Action, requests: ReadonlyArray<Request>) => {
  const answers = await Promise.allSettled(requests.map(({ id }) => ask[action](id)))
  const done = answers.filter(({ status }) => status === "fulfilled").length
  if (done > 0) toast.success(words.done(done))
  const refusals = new Set(
    answers.flatMap((answer) =>
      answer.status === "rejected"
        ? [answer.reason instanceof Failure ? answer.reason.message : String(answer.reason)]
        : []
    )
  )
  for (const refusal of refusals) toast.error(refusal)
}

export function RequestActions({ requests, onDone }: { requests: ReadonlyArray<Request>; onDone: () => void }) {
  // As they were when it was asked: the list goes on behind the question.
  const [asked, setAsked] = useState<{ readonly action: Action; readonly requests: ReadonlyArray<Request> } | null>(
    null
  )
  const [isBusy, setIsBusy] = useState(false)
  const mayAct = useMay("operator") === true
  if ((requests.length === 0 && asked === null) || !mayAct) return null
  const fitting = { stop: requests.filter(allows.stop), retry: requests.filter(allows.retry) }
  const confirm = async () => {
    if (asked === null) return
    setIsBusy(true)
    await askForAll(asked.action, asked.requests)
    setIsBusy(false)
    setAsked(null)
    onDone()
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      {requests.length > 1 ? <span className="text-muted-foreground">{words.selected(requests.length)}</span> : null}
      <Button
        variant="outline"
        size="sm"
        disabled={fitting.retry.length === 0}
        onClick={() => setAsked({ action: "retry", requests: fitting.retry })}
      >
        <RotateCcwIcon aria-hidden />
        {words.retry}
      </Button>
      <Button
        variant="outline"
        size="sm"
        disabled={fitting.stop.length === 0}
        onClick={() => setAsked({ action: "stop", requests: fitting.stop })}
      >
        <SquareIcon aria-hidden />
        {words.stop}
      </Button>
      <AlertDialog open={asked !== null} onOpenChange={(open) => setAsked(open ? asked : null)}>
        {asked === null ? null : (
          <AlertDialogContent>
            <AlertDialogHeader>
              <AlertDialogTitle>{words.confirm[asked.action](asked.requests.length)}</AlertDialogTitle>
              <AlertDialogDescription>
                {asked.action === "stop" ? words.confirm.stopDescription : words.confirm.retryDescription}
              </AlertDialogDescription>
            </AlertDialogHeader>
            <AlertDialogFooter>
              <Button variant="outline" disabled={isBusy} onClick={() => setAsked(null)}>
                {words.confirm.cancel}
              </Button>
              <Button
                variant={asked.action === "stop" ? "destructive" : "default"}
                disabled={isBusy}
                onClick={() => void confirm()}
              >
                {words[asked.action]}
              </Button>
            </AlertDialogFooter>
          </AlertDialogContent>
        )}
      </AlertDialog>
    </div>
  )
}
