// What is to be known of a spec beside its settings: what it does now, who may use it, which groups it is in.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useId } from "react"
import { toast } from "sonner"
import { type Body, call } from "@/api/Client.ts"
import { asFailure } from "@/api/Failure.ts"
import { useMay } from "@/api/Role.ts"
import { Answered } from "@/components/Answered.tsx"
import { RequestsLink } from "@/components/RequestLinks.tsx"
import { Section } from "@/components/Section.tsx"
import { Time } from "@/components/Time.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Checkbox } from "@/components/ui/checkbox.tsx"
import { Label } from "@/components/ui/label.tsx"
import { groupsQuery, policiesQuery } from "@/pages/catalogue/Queries.ts"
import { PolicyList } from "@/pages/catalogue/PolicyList.tsx"
import { PausedSpec } from "@/pages/overview/PausedSpec.tsx"
import { overviewQuery } from "@/pages/overview/Queries.ts"
import type { Spec } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

const { use, grants, membership } = text.spec
type Group = Body<"GET /runner_groups/:name">

function Now({ name }: { name: string }) {
  const query = useQuery(overviewQuery)
  return (
    <Section title={use.title} more={<RequestsLink filter={{ spec: name }}>{text.specs.requests}</RequestsLink>}>
      <Answered query={query} rows={1}>
        {({ body }) => {
          const spec = body.specs.find((each) => each.name === name)
          const breaker = spec?.breaker ?? null
          const runner = spec?.runner ?? null
          return (
            <div className="grid gap-3">
              {breaker === null || breaker.state === "closed" ? null : (
                <>
                  <Badge variant="destructive">{text.overview.specs.breaker.paused}</Badge>
                  <PausedSpec spec={name} breaker={breaker} />
                </>
              )}
              <dl className="grid grid-cols-4 gap-2">
                {(["busy", "idle", "pending", "sandboxes"] as const).map((figure) => (
                  <div key={figure} className="flex flex-col-reverse">
                    <dt className="text-xs text-muted-foreground">{use[figure]}</dt>
                    <dd className="text-lg font-semibold tabular-nums">{spec?.[figure] ?? 0}</dd>
                  </div>
                ))}
              </dl>
              {runner === null ? null : (
                <p className="text-muted-foreground">
                  {use.runner(runner.version)}
                  {runner.accepted_until === null ? null : (
                    <>
                      , {use.acceptedUntil} <Time at={runner.accepted_until} />
                    </>
                  )}
                </p>
              )}
            </div>
          )
        }}
      </Answered>
    </Section>
  )
}

function Grants({ spec, groups }: { spec: Spec; groups: ReadonlyArray<Group> }) {
  const query = useQuery(policiesQuery)
  const mayAct = useMay("admin") === true
  const containing = new Map(groups.filter((group) => group.spec_names.includes(spec.name)).map((g) => [g.name, g]))
  return (
    <Section title={grants.title}>
      <Answered query={query} rows={2}>
        {(policies) => {
          const granting = policies.filter(
            (policy) =>
              policy.runner_spec_name === spec.name ||
              (policy.runner_group_name !== null && containing.has(policy.runner_group_name))
          )
          return (
            <div className="grid gap-2">
              {spec.default_available ? <p>{grants.everybody}</p> : null}
              {!spec.default_available && granting.length === 0 ? (
                <p className="text-warning">{grants.nobody}</p>
              ) : null}
              <PolicyList
                policies={granting}
                noteOf={({ enabled, runner_group_name: group }) =>
                  [
                    group === null ? null : grants.viaGroup(group),
                    enabled && (group === null || containing.get(group)?.enabled === true) ? null : grants.off
                  ]
                    .filter((note) => note !== null)
                    .join(", ")
                }
              />
              {mayAct ? (
                <Button asChild variant="outline" size="sm" className="w-fit">
                  <Link to="/new/policy" search={{ spec: spec.name }}>
                    {grants.add}
                  </Link>
                </Button>
              ) : null}
            </div>
          )
        }}
      </Answered>
    </Section>
  )
}

/** Membership is the group's: each tick changes a group at once, whatever stands in the form. */
function Membership({ spec, groups }: { spec: string; groups: ReadonlyArray<Group> }) {
  const id = useId()
  const queries = useQueryClient()
  const mayAct = useMay("admin") === true
  const change = async (group: string, joins: boolean) => {
    try {
      // Only to what was read just now: others may be changing the same list.
      const { body, headers } = await call("GET /runner_groups/:name", { params: { name: group } })
      const others = body.spec_names.filter((name) => name !== spec)
      await call("PATCH /runner_groups/:name", {
        params: { name: group },
        payload: { spec_names: joins ? [...others, spec] : others },
        headers: { "if-match": headers.get("etag") ?? "" }
      })
      toast.success(joins ? membership.joined(spec, group) : membership.left(spec, group))
    } catch (error) {
      toast.error(asFailure(error).message)
    }
    await queries.invalidateQueries({ queryKey: ["groups"] })
  }
  return (
    <ul className="grid gap-2">
      {groups.map(({ name, spec_names }, index) => (
        <li key={name} className="flex items-center gap-2">
          <Checkbox
            id={`${id}-${index}`}
            checked={spec_names.includes(spec)}
            disabled={!mayAct}
            onCheckedChange={(checked) => void change(name, checked === true)}
          />
          <Label htmlFor={`${id}-${index}`} className="min-w-0 wrap-anywhere font-normal">
            {name}
          </Label>
        </li>
      ))}
    </ul>
  )
}

export function SpecSide({ spec }: { spec: Spec }) {
  const query = useQuery(groupsQuery)
  const mayAct = useMay("admin") === true
  const create = (
    <Button asChild variant="outline" size="sm" className="w-fit">
      <Link to="/new/group" search={{ spec: spec.name }}>
        {membership.create}
      </Link>
    </Button>
  )
  return (
    <>
      <Now name={spec.name} />
      <Grants spec={spec} groups={query.data ?? []} />
      <Section title={membership.title}>
        <Answered query={query} rows={2}>
          {(groups) => (
            <div className="grid gap-3">
              {groups.length === 0 ? (
                <p className="text-muted-foreground">{membership.empty}</p>
              ) : (
                <Membership spec={spec.name} groups={groups} />
              )}
              {mayAct ? create : null}
            </div>
          )}
        </Answered>
      </Section>
    </>
  )
}
