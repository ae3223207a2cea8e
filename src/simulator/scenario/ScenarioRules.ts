// Rules between the keys of a scenario: names that must exist, keys that go together.
//
// Answers for: everything that a shape cannot say, so that a scenario which is accepted can be played to its end.
// Gotcha: repositories may come and go while a scenario plays, so those of `install`, `addRepository` and
// `renameRepository` count as known from the start.
import { e2bVocabulary } from "../e2b/FaultVocabulary.ts"
import { operations as e2bOperations } from "../e2b/Operations.ts"
import { operations as githubOperations } from "../github/Operations.ts"
import { namedFailures as githubFailures } from "../github/rest/NamedFailures.ts"
import { FaultRefused, parseFault } from "../misbehaviour/Fault.ts"
import type { FaultVocabulary } from "../misbehaviour/Fault.ts"
import { jobNames } from "./RunDefinitions.ts"
import type { Scenario, ScenarioEntry, ScenarioRun } from "./Scenario.ts"
import { actionKeys, endable } from "./ScenarioActions.ts"
import type { ScenarioProblem } from "./ScenarioProblems.ts"
import { unknownName } from "./ScenarioProblems.ts"

const githubVocabulary: FaultVocabulary = {
  operations: new Set(githubOperations),
  failures: new Set(Object.keys(githubFailures))
}

type Report = (path: string, message: string) => void

const repositoriesOf = ({ installations, timeline }: Scenario): ReadonlyArray<string> => {
  const all = [...installations, ...timeline.flatMap(({ install }) => install ?? [])]
  return [
    ...all.flatMap(({ owner, repositories }) => repositories.map((name) => `${owner}/${name}`)),
    ...timeline.flatMap(({ addRepository, renameRepository }) => [
      ...(addRepository === undefined ? [] : [addRepository]),
      ...(renameRepository === undefined ? [] : [renameRepository.to])
    ])
  ]
}

const checkKnown = (
  path: string,
  what: string,
  name: string | undefined,
  known: ReadonlyArray<string>,
  report: Report
) => {
  const folded = new Set(known.map((each) => each.toLowerCase()))
  if (name !== undefined && !folded.has(name.toLowerCase())) report(path, unknownName(what, name, known))
}

const checkRun = (run: ScenarioRun, path: string, repositories: ReadonlyArray<string>, report: Report): void => {
  checkKnown(`${path}.repository`, "repository", run.repository, repositories, report)
  const names = run.jobs.map(({ name }) => name)
  for (const [index, { name, needs = [] }] of run.jobs.entries()) {
    if (names.indexOf(name) !== index) report(`${path}.jobs[${index}].name`, `two jobs are called ${name}`)
    for (const [at, need] of needs.entries())
      checkKnown(`${path}.jobs[${index}].needs[${at}]`, "job", need, names, report)
  }
}

const checkFaults = (entry: ScenarioEntry, path: string, report: Report): void => {
  const sides = { e2bFaults: e2bVocabulary, githubFaults: githubVocabulary } as const
  for (const key of ["e2bFaults", "githubFaults"] as const) {
    for (const [index, fault] of (entry[key] ?? []).entries()) {
      const { operations } = sides[key]
      if (fault.operation !== "*" && !operations.has(fault.operation)) {
        report(`${path}.${key}[${index}].operation`, unknownName("operation", fault.operation, [...operations]))
        continue
      }
      try {
        parseFault(fault, sides[key])
      } catch (failure) {
        if (!(failure instanceof FaultRefused)) throw failure
        report(`${path}.${key}[${index}]`, failure.message)
      }
    }
  }
  for (const key of ["e2bStorm", "githubStorm"] as const) {
    const known = key === "e2bStorm" ? e2bOperations : githubOperations
    for (const [index, name] of (entry[key]?.operations ?? []).entries()) {
      checkKnown(`${path}.${key}.operations[${index}]`, "operation", name, known, report)
    }
  }
  for (const [index, { kind, delayMs }] of (entry.webhookFaults ?? []).entries()) {
    if (kind === "delay" && delayMs === undefined) report(`${path}.webhookFaults[${index}].delayMs`, "a delay needs it")
  }
}

const checkEntry = (scenario: Scenario, index: number, report: Report): void => {
  const entry = scenario.timeline[index]
  if (entry === undefined) return
  const path = `timeline[${index}]`
  const given = actionKeys.filter((key) => entry[key] !== undefined)
  if (given.length !== 1 && !(given.length === 0 && entry.say !== undefined)) {
    const found = given.length === 0 ? "does nothing" : `does ${given.length} things (${given.join(", ")})`
    report(path, `${found}; expected exactly one of ${actionKeys.join(", ")}`)
  }
  if (entry.at === undefined && entry.when === undefined) report(path, "says no time; expected at or when")
  if (entry.forMs !== undefined && !given.some((key) => endable.has(key))) {
    report(`${path}.forMs`, `has no end of its own; forMs goes with ${[...endable].join(", ")}`)
  }
  const runs = [...scenario.timeline.flatMap(({ run }) => run ?? []), ...(scenario.traffic?.runs ?? [])]
  const jobs = runs.flatMap(jobNames)
  const workflows = runs.map(({ repository, workflow }) => `${repository} ${workflow}`)
  if (entry.when !== undefined && (entry.when.job === undefined) === (entry.when.workflow === undefined)) {
    report(`${path}.when`, "expected a job or a workflow")
  }
  checkKnown(`${path}.when.job`, "job", entry.when?.job, jobs, report)
  checkKnown(`${path}.when.workflow`, "workflow", entry.when?.workflow, workflows, report)
  for (const key of ["approve", "reject", "cancel", "vanish"] as const) {
    checkKnown(`${path}.${key}`, "job", entry[key], jobs, report)
  }
  checkKnown(`${path}.rerun.workflow`, "workflow", entry.rerun?.workflow, workflows, report)
  if (entry.run !== undefined) checkRun(entry.run, `${path}.run`, repositoriesOf(scenario), report)
  checkFaults(entry, path, report)
}

/** Everything that is wrong between the keys; empty when the scenario can be played. */
export const ruleProblems = (scenario: Scenario): ReadonlyArray<ScenarioProblem> => {
  const problems: Array<ScenarioProblem> = []
  const report: Report = (path, message) => void problems.push({ path, message })
  const { groups = [], installations, policies = [], specs = [], templates, traffic } = scenario
  for (const key of ["id", "owner"] as const) {
    for (const [index, installation] of installations.entries()) {
      if (installations.findIndex((other) => other[key] === installation[key]) !== index) {
        report(`installations[${index}].${key}`, `two installations have the ${key} ${installation[key]}`)
      }
    }
  }
  for (const [index, spec] of specs.entries()) {
    checkKnown(`specs[${index}].template_id`, "template", spec.template_id, templates, report)
  }
  const [specNames, groupNames] = [specs.map(({ name }) => name), groups.map(({ name }) => name)]
  for (const [index, { spec_names: members = [] }] of groups.entries()) {
    for (const [at, name] of members.entries())
      checkKnown(`groups[${index}].spec_names[${at}]`, "spec", name, specNames, report)
  }
  for (const [index, policy] of policies.entries()) {
    const { runner_group_name: group, runner_spec_name: spec } = policy
    if ((group === undefined) === (spec === undefined)) {
      report(`policies[${index}]`, "expected either runner_spec_name or runner_group_name")
    }
    checkKnown(`policies[${index}].runner_spec_name`, "spec", spec, specNames, report)
    checkKnown(`policies[${index}].runner_group_name`, "group", group, groupNames, report)
  }
  for (const index of scenario.timeline.keys()) checkEntry(scenario, index, report)
  for (const [index, run] of (traffic?.runs ?? []).entries()) {
    checkRun(run, `traffic.runs[${index}]`, repositoriesOf(scenario), report)
  }
  return problems
}
