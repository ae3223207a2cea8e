// The rules of claims that the configuration sets, as the domain has them.
import * as Duration from "effect/Duration"
import type { ClaimRules } from "../domain/Capacity.ts"
import { pointsOfWrite } from "../domain/CallLimit.ts"
import type { BreakerRules } from "../domain/SpecBreaker.ts"
import type { RunnerdConfig } from "./config/RunnerdConfig.ts"
import { countedBy } from "./github/GitHubLimits.ts"

export const breakerRulesOf = ({ worker }: Pick<RunnerdConfig, "worker">): BreakerRules => ({
  deaths: worker.breakerDeaths === "unlimited" ? Number.POSITIVE_INFINITY : worker.breakerDeaths,
  cooldown: Duration.toMillis(worker.breakerCooldown)
})

export const claimRulesOf = ({
  e2b,
  github,
  worker
}: Pick<RunnerdConfig, "e2b" | "github" | "worker">): ClaimRules => ({
  maxRunners: worker.maxConcurrentRunners === "unlimited" ? Number.POSITIVE_INFINITY : worker.maxConcurrentRunners,
  createsPerSecond: e2b.createsPerSecond,
  pointsPerRunner: github.registrationMode === "jit" ? pointsOfWrite : 0,
  counted: countedBy(github.auth),
  breaker: breakerRulesOf({ worker })
})
