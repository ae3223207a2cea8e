// What can go wrong, as a scenario file says it: the words are those of the control interfaces.
//
// Answers for: shapes. Which operations and failures there are is checked by ScenarioRules.ts; what a fault does is told in
// misbehaviour/Fault.ts, misbehaviour/Storm.ts, e2b/Vanishing.ts, github/hooks/WebhookFaults.ts, github/machine/RunnerFaults.ts.
import * as Schema from "effect/Schema"
import { webhookFaultKinds } from "../github/hooks/WebhookFaults.ts"
import { runnerFaultKinds } from "../github/machine/RunnerFaults.ts"
import { stormKinds } from "../misbehaviour/Storm.ts"

const describe =
  (description: string) =>
  <S extends Schema.Top>(schema: S): S["Rebuild"] =>
    schema.annotate({ expected: description, description })

export const Millis = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 })).pipe(
  describe("milliseconds, 0 or more")
)
export const Name = Schema.String.check(Schema.isMinLength(1)).pipe(
  describe("a text (in quotes when it looks like a number)")
)
export const Names = Schema.Array(Name)
export const Seed = Schema.Int.pipe(describe("a whole number"))
export const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })).pipe(
  describe("a whole number, 1 or more")
)
export const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).pipe(
  describe("a share from 0 to 1")
)
const Times = Schema.Union([Count, Schema.Literal("always")]).pipe(describe("1 or more, or the word always"))
const Skip = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).pipe(
  describe("how many calls pass first")
)

/** All keys optional, because which of them go together is a rule of its own; see ScenarioRules.ts. */
const FaultAnswer = Schema.Struct({
  status: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 })).pipe(describe("a status from 100 to 599"))
  ),
  body: Schema.optionalKey(Schema.Unknown),
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  failure: Schema.optionalKey(Name),
  stream: Schema.optionalKey(Schema.Struct({ afterMessages: Skip, end: Name }))
})

export const FaultSchema = Schema.Struct({
  operation: Name,
  answer: Schema.optionalKey(Schema.Union([Schema.Literals(["reset", "malformed"]), FaultAnswer])),
  when: Schema.optionalKey(Schema.Literals(["before", "after"])),
  delayMs: Schema.optionalKey(Millis),
  answerDelayMs: Schema.optionalKey(Millis),
  times: Schema.optionalKey(Times),
  skip: Schema.optionalKey(Skip),
  chance: Schema.optionalKey(Share)
})

export const StormSchema = Schema.Struct({
  seed: Seed,
  share: Share,
  kinds: Schema.optionalKey(Schema.Array(Schema.Literals(stormKinds))),
  operations: Schema.optionalKey(Names),
  slowMs: Schema.optionalKey(Millis),
  overdueMs: Schema.optionalKey(Millis)
})

export const VanishingSchema = Schema.Struct({
  seed: Seed,
  share: Share,
  afterMs: Schema.Tuple([Millis, Millis]).pipe(describe("the shortest and the longest life, as [LEAST, MOST]")),
  times: Schema.optionalKey(Count)
})

export const WebhookFaultSchema = Schema.Struct({
  kind: Schema.Literals(webhookFaultKinds),
  event: Schema.optionalKey(Name),
  action: Schema.optionalKey(Name),
  times: Schema.optionalKey(Count),
  chance: Schema.optionalKey(Share),
  delayMs: Schema.optionalKey(Millis)
})

export const RunnerFaultSchema = Schema.Struct({
  kind: Schema.Literals(runnerFaultKinds),
  name: Schema.optionalKey(Name),
  labels: Schema.optionalKey(Names),
  times: Schema.optionalKey(Times),
  chance: Schema.optionalKey(Share)
})
