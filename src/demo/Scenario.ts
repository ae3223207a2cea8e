// What the demo plays: the accounts, the runner specs, and the workflow runs.
//
// Answers for: data only. Gotcha: every job asks for labels that one spec alone has, because GitHub gives a job to any
// idle runner that covers its labels; with overlapping labels the table would show whose runner was quicker.
import type { InstallationOptions } from "../simulator/github/Options.ts"
import type { JobDefinition, RunDefinition } from "../simulator/github/machine/Entities.ts"
import type { SpecInput } from "./LocalWorld.ts"

export const installations: ReadonlyArray<InstallationOptions> = [
  {
    id: 901,
    owner: "acme",
    ownerType: "Organization",
    repositories: ["web", "api"],
    runnerGroups: [{ name: "large-machines" }]
  },
  { id: 902, owner: "mona", ownerType: "User", repositories: ["recipes"] }
]

export const templates = ["runner-small", "runner-large"]

const small = ["self-hosted", "e2b", "small"]
const large = ["self-hosted", "e2b", "large"]
const publishing = ["self-hosted", "e2b", "publish"]

export const specs: ReadonlyArray<SpecInput> = [
  { name: "small", labels: small, template_id: "runner-small", default_available: true },
  // With a GitHub runner group its runners belong to the organisation, not to one repository.
  {
    name: "large",
    labels: large,
    template_id: "runner-large",
    runner_group: "large-machines",
    default_available: true
  },
  // One at a time, so that queueing is seen.
  { name: "publish", labels: publishing, template_id: "runner-small", max_concurrency: 1, default_available: true }
]

const job = (
  name: string,
  labels: ReadonlyArray<string>,
  command: string,
  rest: Partial<JobDefinition> = {}
): JobDefinition => ({ name, labels, steps: [{ name: "work", run: command }], expectedConclusion: "success", ...rest })

const matrix = (
  key: string,
  values: ReadonlyArray<string>,
  labels: ReadonlyArray<string>,
  command: (value: string) => string,
  rest: Partial<JobDefinition> = {}
): ReadonlyArray<JobDefinition> =>
  values.map((value) => job(`${key} (${value})`, labels, command(value), { key, ...rest }))

export interface PlannedRun {
  /** Milliseconds after the first run. */
  readonly at: number
  readonly run: RunDefinition
}

export const plannedRuns: ReadonlyArray<PlannedRun> = [
  {
    at: 0,
    run: {
      repository: "acme/web",
      workflow: "ci",
      jobs: [
        job("lint", small, "echo checked 214 files; sleep 0.4"),
        ...matrix("test", ["22", "24", "26"], small, (version) => `echo tests on ${version}; sleep 0.8`),
        job("bundle", large, "echo 48 chunks; sleep 1", { needs: ["lint"] }),
        job("publish", publishing, "echo published; sleep 0.5", { needs: ["test", "bundle"] })
      ]
    }
  },
  {
    at: 1500,
    run: {
      repository: "mona/recipes",
      workflow: "site",
      jobs: [
        job("spelling", small, "echo 0 mistakes; sleep 0.3"),
        ...matrix("upload", ["eu", "us", "asia"], publishing, (region) => `echo uploaded to ${region}; sleep 0.6`)
      ]
    }
  },
  {
    at: 3000,
    run: {
      repository: "acme/api",
      workflow: "ci",
      event: "pull_request",
      headBranch: "rewrite-parser",
      jobs: [
        job("unit", small, "echo 1208 passed; sleep 0.5"),
        ...matrix("integration", ["sqlite", "postgres"], large, (store) => `echo ${store} agrees; sleep 1`),
        job("fuzz", small, "sleep 0.3; echo 'panic: index out of range' >&2; exit 1", {
          expectedConclusion: "failure"
        })
      ]
    }
  }
]

/** The traffic of a demo that stays up: small runs in turn, one in four with a job that fails on purpose. */
export const smallRun = (turn: number): RunDefinition => {
  const repositories = ["acme/web", "mona/recipes", "acme/api"]
  const fails = turn % 4 === 3
  return {
    repository: repositories[turn % repositories.length] ?? "acme/web",
    workflow: "nightly",
    event: "schedule",
    jobs: [
      job("audit", small, fails ? "echo '1 advisory' >&2; sleep 0.5; exit 1" : "echo no advisories; sleep 0.8", {
        expectedConclusion: fails ? "failure" : "success"
      }),
      ...(turn % 2 === 0 ? [job("links", small, "echo 310 links work; sleep 1.2")] : [])
    ]
  }
}
