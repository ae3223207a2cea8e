// Waiting between tries.
//
// Answers for: the real runner's times, and other ones where a demo or a test cannot wait so long.
import { setTimeout as delay } from "node:timers/promises"

const given = process.env.RUNNER_STANDIN_PAUSE_SECONDS

/** Resolves after the time, or at once when `signal` aborts. RUNNER_STANDIN_PAUSE_SECONDS stands for every such time. */
export const pause = (millis, signal) =>
  delay(given === undefined ? millis : Number(given) * 1000, undefined, { signal }).catch(() => undefined)
