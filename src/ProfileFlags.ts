// What `runnerd profile` can be told on the command line. What it does then is ProfileCommand.ts, which is imported late.
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import { longestSeconds, subjects, usualSeconds } from "./services/profiling/Bounds.ts"

export const profileFlags = {
  subject: Argument.Literals("what", subjects).pipe(
    Argument.withDescription(
      "cpu: where time goes; allocs: what allocates memory; heap: every object, secrets included, with a pause; counters; or all"
    )
  ),
  seconds: Flag.Int("seconds").pipe(
    Flag.filter(
      (seconds) => seconds >= 1 && seconds <= longestSeconds,
      () => `from 1 to ${longestSeconds} seconds`
    ),
    Flag.withMetavar("SECONDS"),
    Flag.withDescription("How long cpu and allocs watch"),
    Flag.withDefault(usualSeconds)
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("PATH"),
    Flag.withDescription("The file to make, for all the folder; unless given, files named after the time, here"),
    Flag.optional
  ),
  addressFile: Flag.String("address-file").pipe(
    Flag.withMetavar("PATH"),
    Flag.withDescription("The process's address file; unless given, the configuration says where it is"),
    Flag.optional
  )
}
