// The first page: is everything all right, what waits and why, what failed.
import { PageHeader } from "@/components/Page.tsx"
import { Counts } from "@/pages/overview/Counts.tsx"
import { Failures } from "@/pages/overview/Failures.tsx"
import { Health } from "@/pages/overview/Health.tsx"
import { JobTimes } from "@/pages/overview/JobTimes.tsx"
import { SpecUse } from "@/pages/overview/SpecUse.tsx"
import { Waiting } from "@/pages/overview/Waiting.tsx"
import { text } from "@/text/Text.ts"

export function Overview() {
  return (
    <>
      <PageHeader title={text.overview.title} description={text.overview.description} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Health />
        <Counts />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <Waiting />
          <Failures />
        </div>
        <JobTimes />
        <SpecUse />
      </div>
    </>
  )
}
