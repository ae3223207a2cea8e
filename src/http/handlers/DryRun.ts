// Handler of the dry run: the stored catalogue, the changed one, and the jobs that came lately.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { Admission, Catalog } from "../../domain/Admission.ts"
import { differences } from "../../domain/DryRun.ts"
import { RepositoryPolicy } from "../../domain/RepositoryPolicy.ts"
import { RunnerGroup } from "../../domain/RunnerGroup.ts"
import { RunnerSpec } from "../../domain/RunnerSpec.ts"
import { CatalogStore } from "../../services/store/CatalogStore.ts"
import { JobStore } from "../../services/store/JobStore.ts"
import { asStoreError } from "../../services/store/StoreError.ts"
import { Api } from "../api/Api.ts"
import { BadRequest } from "../api/ApiErrors.ts"
import { type DryRunAnswer, mostJobs } from "../api/DryRunApi.ts"
import type { PatchRunnerGroup } from "../api/GroupsApi.ts"
import type { PatchRunnerSpec } from "../api/SpecsApi.ts"
import { orUnavailable } from "./StoreFailures.ts"

const defaultHours = 24
const mostChanges = 200

const invalid = (field: string, message: string) =>
  new BadRequest({ error: message, code: "invalid_request", details: [{ field, message }] })

/** A change of what has a name; of none that is known, its creation. */
type Named<Change> = Change & { readonly name: string; readonly deleted?: boolean }

const withSpec = Effect.fnUntraced(function* (catalog: Catalog, change: Named<PatchRunnerSpec>) {
  const known = catalog.specs.find(({ name }) => name === change.name)
  const others = catalog.specs.filter(({ name }) => name !== change.name)
  if (change.deleted === true) return { ...catalog, specs: others }
  const labels = change.labels ?? known?.labels
  if (labels === undefined) return yield* invalid("runner_spec.labels", "a new spec needs labels")
  const now = yield* DateTime.now
  const spec = new RunnerSpec({
    name: change.name,
    labels,
    templateId: change.template_id ?? known?.templateId ?? "dry-run",
    runnerGroup: change.runner_group === undefined ? (known?.runnerGroup ?? null) : change.runner_group,
    maxConcurrency: change.max_concurrency ?? known?.maxConcurrency ?? 0,
    minIdle: 0,
    priority: change.priority ?? known?.priority ?? 0,
    enabled: change.enabled ?? known?.enabled ?? true,
    defaultAvailable: change.default_available ?? known?.defaultAvailable ?? false,
    createdAt: known?.createdAt ?? now,
    updatedAt: now
  })
  return { ...catalog, specs: [...others, spec] }
})

const withGroup = Effect.fnUntraced(function* (catalog: Catalog, change: Named<PatchRunnerGroup>) {
  const known = catalog.groups.find(({ name }) => name === change.name)
  const others = catalog.groups.filter(({ name }) => name !== change.name)
  if (change.deleted === true) return { ...catalog, groups: others }
  const now = yield* DateTime.now
  const group = new RunnerGroup({
    name: change.name,
    description: change.description ?? known?.description ?? "",
    specNames: change.spec_names ?? known?.specNames ?? [],
    enabled: change.enabled ?? known?.enabled ?? true,
    createdAt: known?.createdAt ?? now,
    updatedAt: now
  })
  return { ...catalog, groups: [...others, group] }
})

const withPolicy = Effect.fnUntraced(function* (
  catalog: Catalog,
  policy: {
    readonly repository_full_name: string
    readonly runner_spec_name?: string | null
    readonly runner_group_name?: string | null
    readonly enabled?: boolean
  }
) {
  const specName = policy.runner_spec_name ?? null
  const groupName = policy.runner_group_name ?? null
  if ((specName === null) === (groupName === null)) {
    return yield* invalid("new_policy", "exactly one of runner_spec_name and runner_group_name is needed")
  }
  const added = new RepositoryPolicy({
    id: Math.max(0, ...catalog.policies.map(({ id }) => id)) + 1,
    repository: policy.repository_full_name,
    target: specName === null ? { _tag: "Group", groupName: groupName ?? "" } : { _tag: "Spec", specName },
    enabled: policy.enabled ?? true,
    createdAt: yield* DateTime.now
  })
  return { ...catalog, policies: [...catalog.policies, added] }
})

const withoutPolicy = (catalog: Catalog, id: number) =>
  catalog.policies.some((policy) => policy.id === id)
    ? Effect.succeed({ ...catalog, policies: catalog.policies.filter((policy) => policy.id !== id) })
    : Effect.fail(invalid("without_policy", "there is no policy of this number"))

const decisionView = (admission: Admission): DryRunAnswer["changes"][number]["before"] =>
  admission._tag === "Admitted"
    ? { outcome: "admitted", runner_spec_name: admission.spec.name, reason: null, message: null }
    : {
        outcome: admission.managed ? "refused" : "ignored",
        runner_spec_name: null,
        reason: admission.code,
        message: admission.message
      }

export const layer = HttpApiBuilder.group(
  Api,
  "dryRun",
  Effect.fnUntraced(function* (handlers) {
    const catalogStore = yield* CatalogStore
    const jobs = yield* JobStore
    return handlers.handleAll({
      run: Effect.fnUntraced(
        function* ({ payload }) {
          const { hours = defaultHours, new_policy: policy, runner_group: group, runner_spec: spec } = payload
          const less = payload.without_policy
          const before = (yield* catalogStore.current).source
          const respecced = spec === undefined ? before : yield* withSpec(before, spec)
          const regrouped = group === undefined ? respecced : yield* withGroup(respecced, group)
          const more = policy === undefined ? regrouped : yield* withPolicy(regrouped, policy)
          const after = less === undefined ? more : yield* withoutPolicy(more, less)
          const kinds = yield* jobs.kindsSince(Duration.toMillis(Duration.hours(hours)), mostJobs)
          const found = differences(before, after, kinds)
          const count = (counted: ReadonlyArray<{ readonly jobs: number }>) =>
            counted.reduce((sum, { jobs }) => sum + jobs, 0)
          return {
            hours,
            jobs: count(kinds),
            changed_jobs: count(found.map(({ kind }) => kind)),
            changes: found.slice(0, mostChanges).map(({ after, before, kind }) => ({
              repository_full_name: kind.repository,
              labels: kind.labels,
              jobs: kind.jobs,
              before: decisionView(before),
              after: decisionView(after)
            }))
          } satisfies DryRunAnswer
        },
        asStoreError("dryRun"),
        orUnavailable
      )
    })
  })
)
