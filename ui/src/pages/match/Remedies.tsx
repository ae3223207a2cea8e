// What would make a job match that does not: for the nearest specs what stands in the way, each to be tried on recent jobs.
import { useQuery } from "@tanstack/react-query"
import type { MatchAnswer } from "../../../../src/http/api/MatchApi.ts"
import { Answered } from "@/components/Answered.tsx"
import { DryRunButton } from "@/components/DryRun.tsx"
import { changeFor, type Obstacles, obstaclesOf } from "@/pages/match/Obstacles.ts"
import { specsQuery } from "@/pages/catalogue/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.match.remedies
const mostSpecs = 3

function Remedy({ repository, obstacles }: { repository: string; obstacles: Obstacles }) {
  const { isDisabled, isNotGranted, missing, spec } = obstacles
  const steps = [
    ...(isDisabled ? [words.enable] : []),
    ...(isNotGranted ? [words.grant(repository)] : []),
    ...(missing.length > 0 ? [words.addLabels(missing.join(", "))] : [])
  ]
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-60 break-words">
        <p>
          {words.spec} <span className="font-medium">{spec.name}</span>
        </p>
        <ul className="list-disc pl-5 text-muted-foreground">
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ul>
      </div>
      <DryRunButton change={() => changeFor(repository, obstacles)} label={words.try} />
    </li>
  )
}

/** For a job without labels: those of each spec. */
function LabelsToUse({ specs }: { specs: ReadonlyArray<Obstacles> }) {
  return (
    <>
      <p>{words.noLabels}</p>
      <ul className="grid gap-1">
        {specs.map(({ spec }) => (
          <li key={spec.name} className="break-words">
            <span className="font-medium">{spec.name}</span>{" "}
            <code className="text-xs">{words.useLabels(spec.labels.join(", "))}</code>
          </li>
        ))}
      </ul>
    </>
  )
}

export function Remedies({ answer }: { answer: MatchAnswer }) {
  const query = useQuery(specsQuery)
  const repository = answer.repository_full_name
  if (answer.reason === "repository_not_allowed") return <p>{words.allow(repository)}</p>
  return (
    <Answered query={query} rows={2}>
      {(specs) => {
        const nearest = obstaclesOf(answer, specs).slice(0, mostSpecs)
        if (nearest.length === 0) return <p>{words.noSpec}</p>
        return answer.reason === "no_labels" ? (
          <LabelsToUse specs={nearest} />
        ) : (
          <ul className="grid gap-3">
            {nearest.map((obstacles) => (
              <Remedy key={obstacles.spec.name} repository={repository} obstacles={obstacles} />
            ))}
          </ul>
        )
      }}
    </Answered>
  )
}
