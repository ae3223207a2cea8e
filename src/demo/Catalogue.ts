// What a scenario puts into runnerd's catalogue before it is played, in the order in which it can be made.
import type { Scenario } from "../simulator/scenario/Scenario.ts"

export interface CatalogueEntry {
  /** For people. */
  readonly name: string
  /** Where it is posted. */
  readonly path: string
  readonly body: unknown
}

export const catalogueOf = ({ groups = [], policies = [], specs = [] }: Scenario): ReadonlyArray<CatalogueEntry> => [
  ...specs.map((body) => ({ name: `spec ${body.name}`, path: "/runner_specs", body })),
  ...groups.map((body) => ({ name: `group ${body.name}`, path: "/runner_groups", body })),
  ...policies.map((body) => ({ name: `policy for ${body.repository_full_name}`, path: "/runner_policies", body }))
]
