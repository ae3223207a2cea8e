// What a scenario file holds: a small world, and what happens in it by and by.
//
// Answers for: the shape. Words are those of the control interfaces and, for the catalogue, of runnerd's API. Not for rules between
// keys (ScenarioRules.ts), reading (ReadScenario.ts), playing (ScenarioPlayer.ts). docs/simulators.md lists every key.
import * as Schema from "effect/Schema"
import { defaultLimits, defaultRateLimits } from "../github/Options.ts"
import type { RateLimitOptions, SimulatorLimits } from "../github/Options.ts"
import {
  Count,
  FaultSchema,
  Millis,
  Name,
  Names,
  RunnerFaultSchema,
  Seed,
  StormSchema,
  VanishingSchema,
  WebhookFaultSchema
} from "./FaultSchemas.ts"

const optional = Schema.optionalKey

const Amount = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).annotate({
  expected: "a number, 0 or more"
})

const Permission = Schema.Literals(["read", "write"])

const Installation = Schema.Struct({
  id: Count,
  owner: Name,
  ownerType: Schema.Literals(["Organization", "User"]),
  repositories: Names,
  runnerGroups: optional(Schema.Array(Schema.Struct({ name: Name, repositories: optional(Names) }))),
  foreign: optional(Schema.Boolean),
  permissions: optional(Schema.Record(Schema.String, Permission))
})

const numeric = <K extends string>(keys: ReadonlyArray<K>) =>
  Object.fromEntries(keys.map((key) => [key, optional(Amount)])) as Record<K, Schema.optionalKey<typeof Amount>>

const millisLimits = Object.entries(defaultLimits).flatMap(([key, value]) =>
  typeof value === "number" ? [key as Exclude<keyof SimulatorLimits, "oldestRunnerVersion">] : []
)
const Limits = Schema.Struct({ ...numeric(millisLimits), oldestRunnerVersion: optional(Name) })

const counted = Object.keys(defaultRateLimits).filter((key) => key !== "enforced") as ReadonlyArray<
  Exclude<keyof RateLimitOptions, "enforced">
>
const RateLimits = Schema.Struct({ ...numeric(counted), enforced: optional(Schema.Boolean) })

const Plan = Schema.Union([
  Schema.Literals(["hobby", "pro", "generous"]),
  Schema.Struct({
    maxConcurrent: Amount,
    maxHours: Amount,
    createsPerSecond: optional(Amount),
    callsPer30Seconds: optional(Amount),
    maxCpuCount: optional(Amount),
    maxMemoryMB: optional(Amount),
    concurrentBuilds: optional(Amount)
  })
])

const Spec = Schema.Struct({
  name: Name,
  labels: Names,
  template_id: Name,
  max_concurrency: optional(Schema.Int),
  priority: optional(Schema.Int),
  runner_group: optional(Name),
  default_available: optional(Schema.Boolean)
})

const Group = Schema.Struct({ name: Name, description: optional(Name), spec_names: optional(Names) })

const Policy = Schema.Struct({
  repository_full_name: Name,
  runner_spec_name: optional(Name),
  runner_group_name: optional(Name),
  enabled: optional(Schema.Boolean)
})

const Step = Schema.Struct({
  name: optional(Name),
  run: optional(Name),
  seconds: optional(Amount),
  exitCode: optional(Schema.Int)
})

const Conclusion = Schema.Literals(["success", "failure", "cancelled", "skipped", "timed_out"])

export const ScenarioJob = Schema.Struct({
  name: Name,
  labels: Names,
  steps: optional(Schema.Array(Step)),
  matrix: optional(
    Schema.Union([Names, Count]).annotate({ expected: "a list of texts, or how many jobs: a whole number" })
  ),
  maxParallel: optional(Count),
  needs: optional(Names),
  environment: optional(Name),
  concurrency: optional(Name),
  runnerGroup: optional(Name),
  timeoutMinutes: optional(Amount),
  expectedConclusion: optional(Conclusion)
})
export type ScenarioJob = typeof ScenarioJob.Type

export const ScenarioRun = Schema.Struct({
  repository: Name,
  workflow: Name,
  event: optional(Name),
  headBranch: optional(Name),
  jobs: Schema.Array(ScenarioJob).check(Schema.isMinLength(1, { expected: "at least one job" }))
})
export type ScenarioRun = typeof ScenarioRun.Type

const jobStates = ["waiting", "queued", "in_progress", "completed"] as const

export const ScenarioEntry = Schema.Struct({
  at: optional(Millis),
  when: optional(Schema.Struct({ job: optional(Name), workflow: optional(Name), is: Schema.Literals(jobStates) })),
  forMs: optional(Millis),
  say: optional(Name),

  run: optional(ScenarioRun),
  cancel: optional(Name),
  rerun: optional(Schema.Struct({ workflow: Name, which: optional(Schema.Literals(["all", "failed"])) })),
  approve: optional(Name),
  reject: optional(Name),

  e2bFaults: optional(Schema.Array(FaultSchema)),
  githubFaults: optional(Schema.Array(FaultSchema)),
  e2bStorm: optional(StormSchema),
  githubStorm: optional(StormSchema),
  webhookFaults: optional(Schema.Array(WebhookFaultSchema)),
  runnerFaults: optional(Schema.Array(RunnerFaultSchema)),
  vanishing: optional(VanishingSchema),
  vanish: optional(Name),
  clearFaults: optional(Schema.Literals(["e2b", "github", "both"])),

  redeliver: optional(Schema.Literals(["failed", "all"])),
  e2bClock: optional(Schema.Int.annotate({ expected: "milliseconds that the clock runs ahead" })),
  githubClock: optional(Schema.Int.annotate({ expected: "milliseconds that the clock runs ahead" })),
  plan: optional(Plan),
  rateLimits: optional(RateLimits),
  builds: optional(Schema.Record(Schema.String, Schema.Unknown)),

  install: optional(Installation),
  uninstall: optional(Name),
  reinstall: optional(Schema.Struct({ owner: Name, id: Count })),
  suspend: optional(Name),
  unsuspend: optional(Name),
  addRepository: optional(Name),
  removeRepository: optional(Name),
  renameRepository: optional(Schema.Struct({ from: Name, to: Name }))
})
export type ScenarioEntry = typeof ScenarioEntry.Type

export const Scenario = Schema.Struct({
  name: Name,
  description: optional(Name),
  seed: optional(Seed),
  sandboxes: optional(Schema.Literals(["processes", "scripted"])),
  timeLimitSeconds: optional(Count),
  installations: Schema.Array(Installation).check(Schema.isMinLength(1, { expected: "at least one installation" })),
  templates: Names,
  plan: optional(Plan),
  limits: optional(Limits),
  rateLimits: optional(RateLimits),
  specs: optional(Schema.Array(Spec)),
  groups: optional(Schema.Array(Group)),
  policies: optional(Schema.Array(Policy)),
  settings: optional(Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Names]))),
  timeline: Schema.Array(ScenarioEntry),
  traffic: optional(Schema.Struct({ everyMs: Count, runs: Schema.Array(ScenarioRun).check(Schema.isMinLength(1)) }))
})
export type Scenario = typeof Scenario.Type
