// Catalogs and jobs for tests: plain builders, and small-alphabet arbitraries in which names, labels and patterns
// collide often enough that every rule of admission decides some of the cases.
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"
import type { Catalog } from "../../src/domain/Admission.ts"
import { RepositoryPolicy } from "../../src/domain/RepositoryPolicy.ts"
import { RunnerGroup } from "../../src/domain/RunnerGroup.ts"
import { RunnerSpec } from "../../src/domain/RunnerSpec.ts"

const instant = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
const stamps = { createdAt: instant, updatedAt: instant }

export const makeSpec = (
  name: string,
  labels: ReadonlyArray<string>,
  over: Partial<Pick<RunnerSpec, "enabled" | "defaultAvailable" | "priority">> = {}
): RunnerSpec =>
  new RunnerSpec({
    name,
    labels,
    templateId: "base",
    runnerGroup: null,
    maxConcurrency: 0,
    minIdle: 0,
    priority: 0,
    enabled: true,
    defaultAvailable: true,
    ...stamps,
    ...over
  })

export const changeSpec = (spec: RunnerSpec, over: Partial<Pick<RunnerSpec, "enabled" | "labels">>): RunnerSpec =>
  makeSpec(spec.name, over.labels ?? spec.labels, {
    enabled: over.enabled ?? spec.enabled,
    defaultAvailable: spec.defaultAvailable,
    priority: spec.priority
  })

export const makeGroup = (name: string, specNames: ReadonlyArray<string>, enabled = true): RunnerGroup =>
  new RunnerGroup({ name, description: "", specNames, enabled, ...stamps })

export const specPolicy = (id: number, repository: string, specName: string, enabled = true): RepositoryPolicy =>
  new RepositoryPolicy({ id, repository, target: { _tag: "Spec", specName }, enabled, createdAt: instant })

export const groupPolicy = (id: number, repository: string, groupName: string, enabled = true): RepositoryPolicy =>
  new RepositoryPolicy({ id, repository, target: { _tag: "Group", groupName }, enabled, createdAt: instant })

export const makeCatalog = (over: Partial<Catalog>): Catalog => ({
  allowedRepositories: [],
  specs: [],
  groups: [],
  policies: [],
  ...over
})

export const labelPool = ["self-hosted", "linux", "gpu", "x64", "e2b"]
// Groups share names with specs on purpose.
const names = ["alpha", "beta", "gamma", "delta"]
const patterns = ["acme/web", "acme/api", "other/web", "acme/*", "other/*"]

const specs = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom(...names),
      labels: fc.subarray(labelPool, { minLength: 1 }),
      priority: fc.constantFrom(0, 0, 1),
      enabled: fc.constantFrom(true, true, true, false),
      defaultAvailable: fc.boolean()
    })
    .map(({ labels, name, ...over }) => makeSpec(name, labels, over)),
  { selector: (spec) => spec.name, maxLength: 4 }
)

const groups = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom(...names.slice(0, 3)),
      members: fc.subarray(names),
      enabled: fc.constantFrom(true, true, false)
    })
    .map(({ enabled, members, name }) => makeGroup(name, members, enabled)),
  { selector: (group) => group.name, maxLength: 3 }
)

const policies = fc
  .array(
    fc.record({
      pattern: fc.constantFrom(...patterns),
      target: fc.constantFrom(...names),
      isGroup: fc.boolean(),
      enabled: fc.constantFrom(true, true, true, false)
    }),
    { maxLength: 4 }
  )
  .map((rows) =>
    rows.map(({ enabled, isGroup, pattern, target }, index) =>
      (isGroup ? groupPolicy : specPolicy)(index + 1, pattern, target, enabled)
    )
  )

export const catalogs: fc.Arbitrary<Catalog> = fc.record({
  allowedRepositories: fc.oneof(fc.constant([]), fc.subarray(patterns)),
  specs,
  groups,
  policies
})

export const jobs = fc.record({
  repository: fc.constantFrom("acme/web", "acme/api", "other/web", "else/web"),
  labels: fc.subarray([...labelPool, "ubuntu-latest"], { maxLength: 3 })
})
