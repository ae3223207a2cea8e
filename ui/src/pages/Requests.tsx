// The list of requests.
import { useQuery } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import { Empty, Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { StatusBadge } from "@/components/StatusBadge.tsx"
import { Time } from "@/components/Time.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { text } from "@/text/Text.ts"

const words = text.requests

export function Requests() {
  const list = useQuery({
    queryKey: ["requests"],
    queryFn: ({ signal }) => call("GET /runner_requests", { query: { limit: 100 }, signal })
  })
  return (
    <>
      <PageHeader title={words.title} description={words.description} />
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed failure={list.error} onRetry={() => void list.refetch()} />
      ) : list.data.body.length === 0 ? (
        <Empty>{words.empty}</Empty>
      ) : (
        <Table>
          <TableHeader>
            <TableRow>
              {Object.values(words.columns).map((title) => (
                <TableHead key={title}>{title}</TableHead>
              ))}
            </TableRow>
          </TableHeader>
          <TableBody>
            {list.data.body.map((request) => (
              <TableRow key={request.id}>
                <TableCell>
                  <StatusBadge status={request.status} />
                </TableCell>
                <TableCell>{request.repository_full_name}</TableCell>
                <TableCell>{request.job_name}</TableCell>
                <TableCell>{request.runner_spec_name}</TableCell>
                <TableCell className="font-mono text-xs">{request.runner_name}</TableCell>
                <TableCell>
                  <Time at={request.updated_at} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </>
  )
}
