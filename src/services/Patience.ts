// The time limits that the configuration sets, in the domain's milliseconds.
import * as Duration from "effect/Duration"
import type { Bounds } from "../domain/NextActor.ts"
import type { RunnerdConfig } from "./config/RunnerdConfig.ts"

export const patienceOf = ({ e2b, worker }: Pick<RunnerdConfig, "e2b" | "worker">): Bounds => ({
  ready: Duration.toMillis(worker.readyTimeout),
  idle: Duration.toMillis(worker.runnerIdleTimeout),
  life: Duration.toMillis(e2b.timeout),
  create: Duration.toMillis(e2b.createTimeout),
  call: Duration.toMillis(e2b.apiTimeout)
})
