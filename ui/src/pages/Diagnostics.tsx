// How runnerd itself is: the process that answers, its database, the other nodes, limits, loops.
import { useQuery } from "@tanstack/react-query"
import { Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { Warnings } from "@/components/Warnings.tsx"
import { Doctor } from "@/pages/diagnostics/Doctor.tsx"
import { Database, More, Process, Settings } from "@/pages/diagnostics/Parts.tsx"
import { diagnosticsQuery } from "@/pages/diagnostics/Queries.ts"
import { Limits, Loops, Nodes, Work } from "@/pages/diagnostics/Tables.tsx"
import { text } from "@/text/Text.ts"

const words = text.diagnostics

export function Diagnostics() {
  const query = useQuery(diagnosticsQuery)
  const state = query.data?.body
  return (
    <>
      <PageHeader title={words.title} description={words.description} />
      {state !== undefined ? (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <div className="contents xl:[&>*]:col-span-2">
            {query.isError ? <Failed failure={query.error} onRetry={() => void query.refetch()} /> : null}
            <Warnings warnings={state.warnings} />
          </div>
          <Process state={state} />
          <Database state={state} />
          <Settings state={state} />
          <More state={state} />
          <div className="contents xl:[&>*]:col-span-2">
            <Doctor />
            <Nodes state={state} />
            <Limits state={state} />
            <Work state={state} />
            <Loops state={state} />
          </div>
        </div>
      ) : query.isError ? (
        <Failed failure={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Loading rows={12} />
      )}
    </>
  )
}
