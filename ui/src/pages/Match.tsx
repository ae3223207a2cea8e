// The match test: which spec a job would get, step by step, and what would make it match.
import { useQuery } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { CircleCheckIcon, CircleMinusIcon, CircleXIcon, FlaskConicalIcon } from "lucide-react"
import { useId } from "react"
import { useForm } from "react-hook-form"
import type { MatchAnswer } from "../../../src/http/api/MatchApi.ts"
import { Answered } from "@/components/Answered.tsx"
import { Empty, PageHeader } from "@/components/Page.tsx"
import { Reasoning } from "@/components/Reasoning.tsx"
import { Section } from "@/components/Section.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Input } from "@/components/ui/input.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Grants } from "@/pages/match/Grants.tsx"
import { matchQuery } from "@/pages/match/Queries.ts"
import { Remedies } from "@/pages/match/Remedies.tsx"
import { labelsOf, type MatchSearch } from "@/pages/match/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.match

const looks = {
  admitted: { icon: CircleCheckIcon, className: "text-success" },
  refused: { icon: CircleXIcon, className: "text-destructive" },
  ignored: { icon: CircleMinusIcon, className: "text-muted-foreground" }
} as const

function Question({ asked, onAsk }: { asked: MatchSearch; onAsk: (job: MatchSearch) => void }) {
  const [repository, labels] = [useId(), useId()]
  const form = useForm({ values: { repository: asked.repository ?? "", labels: asked.labels ?? "" } })
  const error = form.formState.errors.repository
  const submit = form.handleSubmit((entered) =>
    onAsk({
      repository: entered.repository.trim(),
      ...(entered.labels.trim() === "" ? {} : { labels: entered.labels.trim() })
    })
  )
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-3">
      <div className="grid w-full gap-1.5 sm:w-64">
        <Label htmlFor={repository}>{words.repository}</Label>
        <Input
          id={repository}
          placeholder={words.repositoryHint}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : `${repository}-error`}
          {...form.register("repository", { validate: (value) => value.trim() !== "" || words.noRepository })}
        />
        {error === undefined ? null : (
          <p id={`${repository}-error`} className="text-xs text-destructive">
            {error.message}
          </p>
        )}
      </div>
      <div className="grid w-full gap-1.5 sm:w-80">
        <Label htmlFor={labels}>{words.labels}</Label>
        <Input
          id={labels}
          placeholder={words.labelsHint}
          aria-describedby={`${labels}-note`}
          {...form.register("labels")}
        />
        <p id={`${labels}-note`} className="text-xs text-muted-foreground">
          {words.labelsNote}
        </p>
      </div>
      <Button type="submit" className="sm:mt-5">
        {words.test}
      </Button>
    </form>
  )
}

function Verdict({ answer }: { answer: MatchAnswer }) {
  const { className, icon: Icon } = looks[answer.outcome]
  return (
    <div className="flex items-start gap-2.5" role="status">
      <Icon className={`mt-0.5 size-5 shrink-0 ${className}`} aria-hidden />
      <div className="min-w-0">
        <p className="text-base font-medium">
          {answer.outcome === "admitted" ? words.admitted(answer.runner_spec?.name ?? "") : words[answer.outcome]}
        </p>
        {answer.message === null ? null : (
          <p className="break-words text-muted-foreground">
            {answer.message} <code className="text-xs">{answer.reason}</code>
          </p>
        )}
      </div>
    </div>
  )
}

function Result({ job: { labels, repository = "" } }: { job: MatchSearch }) {
  const query = useQuery(matchQuery(repository, labelsOf(labels)))
  return (
    <Answered query={query} rows={4} warns>
      {({ body: answer }) => (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <div className="grid gap-4">
            <Verdict answer={answer} />
            {answer.outcome === "admitted" ? (
              <Section title={words.by.title}>
                <Grants answer={answer} />
              </Section>
            ) : (
              <Section title={words.remedies.title}>
                <Remedies answer={answer} />
              </Section>
            )}
          </div>
          <Section title={words.steps}>
            <Reasoning steps={answer.reasoning} />
          </Section>
        </div>
      )}
    </Answered>
  )
}

export function Match() {
  const search = useSearch({ from: "/match" })
  const navigate = useNavigate({ from: "/match" })
  return (
    <>
      <PageHeader
        title={words.title}
        description={words.description}
        actions={
          <Button asChild variant="outline" size="sm">
            <Link to="/match/change">
              <FlaskConicalIcon aria-hidden />
              {words.tryChange}
            </Link>
          </Button>
        }
      />
      <div className="grid gap-6">
        <Question asked={search} onAsk={(job) => void navigate({ search: job })} />
        {search.repository === undefined ? <Empty>{words.none}</Empty> : <Result job={search} />}
      </div>
    </>
  )
}
