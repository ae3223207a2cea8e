import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { admit, admitExplicit, type Admission, type Catalog, compileCatalog } from "../../src/domain/Admission.ts"
import { covers } from "../../src/domain/Labels.ts"
import { matchesPattern } from "../../src/domain/RepositoryName.ts"
import { catalogs, changeSpec, groupPolicy, jobs, labelPool, makeGroup, specPolicy } from "./CatalogArbitrary.ts"

const chosen = (admission: Admission): string | null => (admission._tag === "Admitted" ? admission.spec.name : null)
const told = (admission: Admission) => ({
  chosen: chosen(admission),
  code: admission._tag === "Refused" ? admission.code : null,
  message: admission._tag === "Refused" ? admission.message : null,
  managed: admission._tag === "Refused" ? admission.managed : null,
  reasoning: admission.reasoning()
})
const runs = { numRuns: 2000 }

/** The rules of the allowlist, grants, labels and order, said once more and as plainly as possible. */
const granted = (catalog: Catalog, repository: string, name: string): boolean =>
  catalog.specs.some((spec) => spec.name === name && spec.defaultAvailable) ||
  catalog.policies.some(({ enabled, repository: pattern, target }) => {
    if (!enabled || !matchesPattern(pattern, repository)) return false
    if (target._tag === "Spec") return target.specName === name
    return catalog.groups.some((g) => g.name === target.groupName && g.enabled && g.specNames.includes(name))
  })

const model = (catalog: Catalog, repository: string, labels: ReadonlyArray<string>): string | null => {
  const { allowedRepositories } = catalog
  if (allowedRepositories.length > 0 && !allowedRepositories.some((p) => matchesPattern(p, repository))) return null
  if (labels.length === 0) return null
  const candidates = catalog.specs
    .filter((spec) => spec.enabled && granted(catalog, repository, spec.name) && covers(spec.labels, labels))
    .sort((a, b) => b.priority - a.priority || b.labels.length - a.labels.length || (a.name < b.name ? -1 : 1))
  return candidates[0]?.name ?? null
}

describe("admission", () => {
  it("chooses what the plainly written rules choose, and the cases are not all refusals", () => {
    let admittedCount = 0
    fc.assert(
      fc.property(catalogs, jobs, (catalog, job) => {
        const name = chosen(admit({ ...job, catalog }))
        if (name !== null) admittedCount += 1
        assert.strictEqual(name, model(catalog, job.repository, job.labels))
      }),
      runs
    )
    assert.isAbove(admittedCount, runs.numRuns / 10)
  })
  it("chooses a spec that is enabled, covers the labels and is reachable by default or by a policy", () => {
    fc.assert(
      fc.property(catalogs, jobs, (catalog, job) => {
        const admission = admit({ ...job, catalog })
        if (admission._tag === "Refused") return
        assert.isTrue(admission.spec.enabled)
        assert.isTrue(covers(admission.spec.labels, job.labels))
        assert.isTrue(granted(catalog, job.repository, admission.spec.name))
      }),
      runs
    )
  })
  it("says the same, reasoning included, whatever the order of rows and group members, compiled or not", () => {
    const shuffles = catalogs.chain((catalog) =>
      fc.record({
        catalog: fc.constant(catalog),
        shuffled: fc.record({
          allowedRepositories: fc.shuffledSubarray([...catalog.allowedRepositories], {
            minLength: catalog.allowedRepositories.length
          }),
          specs: fc.shuffledSubarray([...catalog.specs], { minLength: catalog.specs.length }),
          groups: fc.shuffledSubarray(
            catalog.groups.map((group) => makeGroup(group.name, group.specNames.toReversed(), group.enabled)),
            { minLength: catalog.groups.length }
          ),
          policies: fc.shuffledSubarray([...catalog.policies], { minLength: catalog.policies.length })
        })
      })
    )
    fc.assert(
      fc.property(shuffles, jobs, ({ catalog, shuffled }, job) => {
        assert.deepStrictEqual(
          told(admit({ ...job, catalog: compileCatalog(shuffled) })),
          told(admit({ ...job, catalog }))
        )
      }),
      runs
    )
  })
  it("never lets a spec match fewer jobs because a label was added to it", () => {
    fc.assert(
      fc.property(catalogs, jobs, fc.nat(), fc.constantFrom(...labelPool), (catalog, job, index, label) => {
        const spec = catalog.specs[index % Math.max(1, catalog.specs.length)]
        if (spec === undefined || spec.labels.includes(label)) return
        const wider = changeSpec(spec, { labels: [...spec.labels, label] })
        const changed = { ...catalog, specs: catalog.specs.map((other) => (other === spec ? wider : other)) }
        const served = (c: Catalog) => chosen(admitExplicit({ ...job, specName: spec.name, catalog: c })) !== null
        if (served(catalog)) assert.isTrue(served(changed))
        if (chosen(admit({ ...job, catalog })) !== null) assert.isNotNull(chosen(admit({ ...job, catalog: changed })))
      }),
      runs
    )
  })
  it("does not change a decision for one spec when another is disabled", () => {
    fc.assert(
      fc.property(catalogs, jobs, fc.nat(), (catalog, job, index) => {
        const spec = catalog.specs[index % Math.max(1, catalog.specs.length)]
        const before = chosen(admit({ ...job, catalog }))
        if (spec === undefined || spec.name === before) return
        const off = changeSpec(spec, { enabled: false })
        const changed = { ...catalog, specs: catalog.specs.map((other) => (other === spec ? off : other)) }
        assert.strictEqual(chosen(admit({ ...job, catalog: changed })), before)
      }),
      runs
    )
  })
  it("ignores case in repositories, patterns and labels everywhere", () => {
    const recase = (text: string, seed: number) =>
      text
        .split("")
        .map((c, i) => ((seed >> (i % 16)) & 1 ? c.toUpperCase() : c.toLowerCase()))
        .join("")
    fc.assert(
      fc.property(catalogs, jobs, fc.nat(0xffff), (catalog, job, seed) => {
        const changed: Catalog = {
          allowedRepositories: catalog.allowedRepositories.map((pattern) => recase(pattern, seed)),
          specs: catalog.specs.map((spec) => changeSpec(spec, { labels: spec.labels.map((l) => recase(l, ~seed)) })),
          groups: catalog.groups,
          policies: catalog.policies.map(({ enabled, id, repository, target }) => {
            const pattern = recase(repository, seed ^ 0x5555)
            return target._tag === "Spec"
              ? specPolicy(id, pattern, target.specName, enabled)
              : groupPolicy(id, pattern, target.groupName, enabled)
          })
        }
        const labels = job.labels.map((label) => recase(label, seed ^ 0xaaaa))
        const after = told(admit({ repository: recase(job.repository, ~seed), labels, catalog: changed }))
        const before = told(admit({ ...job, catalog }))
        assert.deepStrictEqual(
          { ...after, message: null, reasoning: after.reasoning.map((step) => step.code) },
          { ...before, message: null, reasoning: before.reasoning.map((step) => step.code) }
        )
      }),
      runs
    )
  })
  it("only turns admissions into refusals when the allowlist is narrowed", () => {
    const narrowed = catalogs.chain((catalog) =>
      fc.record({
        catalog: fc.constant(catalog),
        allowedRepositories: fc.subarray(
          catalog.allowedRepositories.length === 0 ? ["acme/web", "other/*"] : [...catalog.allowedRepositories],
          { minLength: Math.min(1, catalog.allowedRepositories.length) || 1 }
        )
      })
    )
    fc.assert(
      fc.property(
        narrowed.filter(({ allowedRepositories }) => allowedRepositories.length > 0),
        jobs,
        ({ allowedRepositories, catalog }, job) => {
          const after = chosen(admit({ ...job, catalog: { ...catalog, allowedRepositories } }))
          if (after !== null) assert.strictEqual(after, chosen(admit({ ...job, catalog })))
        }
      ),
      runs
    )
  })
  it("E-10 grants a spec by name exactly when a job could get it were it the only one", () => {
    fc.assert(
      fc.property(catalogs, jobs, fc.constantFrom("alpha", "beta", "gamma", "delta"), (catalog, job, specName) => {
        if (job.labels.length === 0) return
        const alone = { ...catalog, specs: catalog.specs.filter((spec) => spec.name === specName) }
        assert.strictEqual(
          chosen(admitExplicit({ ...job, specName, catalog })),
          chosen(admit({ ...job, catalog: alone }))
        )
      }),
      runs
    )
  })
  it("ends its reasoning with one chosen spec when it admits, and with none when it refuses", () => {
    fc.assert(
      fc.property(catalogs, jobs, (catalog, job) => {
        const admission = admit({ ...job, catalog })
        const steps = admission.reasoning().filter((step) => step.code === "spec_chosen")
        const name = chosen(admission)
        assert.deepStrictEqual(
          steps.map((step) => step.specName),
          name === null ? [] : [name]
        )
      }),
      runs
    )
  })
})
