// What a runner's output says about its life.
//
// Answers for: whole lines out of pieces that may split anywhere (E-57), and the lines that matter as
// events. Pure but for the piece of a line that a parser holds.
// Gotchas: the texts are actions/runner's (2.336.0) and may change with it, so nothing may depend on a marker
// alone; one parser per stream, because stdout and stderr interleave within lines.

export type MarkerEvent =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "RunnerVersion"; readonly version: string }
  | { readonly _tag: "Listening" }
  | { readonly _tag: "RunningJob"; readonly name: string }
  | { readonly _tag: "JobCompleted"; readonly name: string; readonly result: string }
  /** The start script's own marker, from the pre-job hook. `job`: the job's key in the workflow file. */
  | { readonly _tag: "JobStarted"; readonly runId: number; readonly job: string }
  /** The start script's own marker: registered by its token, and waiting to be told to listen. */
  | { readonly _tag: "Registered" }
  | { readonly _tag: "RunnerError"; readonly kind: RunnerErrorKind; readonly line: string }

export type RunnerErrorKind =
  | "session_conflict"
  | "registration_deleted"
  | "clock_skew"
  | "connection_retrying"
  | "runs_as_root"
  | "version_deprecated"
  | "registration_refused"

const timestamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: /

const errors: ReadonlyArray<readonly [RegExp, RunnerErrorKind]> = [
  [/^A session for this runner already exists\./, "session_conflict"],
  [/^The runner no longer exists on the server\./, "registration_deleted"],
  [/^The runner registration has been deleted from the server/, "registration_deleted"],
  [/local machine's clock may be out of sync/, "clock_skew"],
  [/^Runner connect error: /, "connection_retrying"],
  [/^Must not run (?:interactively )?with sudo/, "runs_as_root"],
  [/^An error occur?red: Runner version .* is deprecated/, "version_deprecated"],
  [/^Http response code: \w+ from 'POST .*actions\/runner-registration'/, "registration_refused"]
]

const eventOf = (raw: string): MarkerEvent | undefined => {
  const line = raw.replace(timestamp, "").trim()
  if (line === "√ Connected to GitHub") return { _tag: "Connected" }
  if (line === "::runnerd::registered") return { _tag: "Registered" }
  if (line === "Listening for Jobs") return { _tag: "Listening" }
  const version = /^Current runner version: '([^']+)'$/.exec(line)
  if (version?.[1] !== undefined) return { _tag: "RunnerVersion", version: version[1] }
  const running = /^Running job: (.+)$/.exec(line)
  if (running?.[1] !== undefined) return { _tag: "RunningJob", name: running[1] }
  const completed = /^Job (.+) completed with result: (\w+)$/.exec(line)
  if (completed?.[1] !== undefined && completed[2] !== undefined) {
    return { _tag: "JobCompleted", name: completed[1], result: completed[2] }
  }
  const started = /^::runnerd::job-started run_id=(\d{1,15}) job=(\S*)$/.exec(line)
  if (started?.[1] !== undefined) return { _tag: "JobStarted", runId: Number(started[1]), job: started[2] ?? "" }
  const error = errors.find(([pattern]) => pattern.test(line))
  return error === undefined ? undefined : { _tag: "RunnerError", kind: error[1], line: line.slice(0, 500) }
}

/** Longer than any marker; the rest of such a line is skipped, so that output without line ends holds no memory. */
const longestLine = 4_096

export interface MarkerParser {
  /** The events of all lines that this piece completes. */
  readonly push: (text: string) => ReadonlyArray<MarkerEvent>
}

export const makeMarkerParser = (): MarkerParser => {
  let open = ""
  return {
    push: (text) => {
      const lines = (open + text).split(/\r\n|\n|\r(?!$)/)
      open = lines.pop() ?? ""
      if (open.length > longestLine) open = open.slice(0, longestLine)
      return lines.flatMap((line) => eventOf(line) ?? [])
    }
  }
}
