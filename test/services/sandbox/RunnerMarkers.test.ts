import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { makeMarkerParser, type MarkerEvent } from "../../../src/services/sandbox/RunnerMarkers.ts"

const transcript = `
::runnerd::registered
√ Connected to GitHub

Current runner version: '2.336.0'
2026-11-23 21:00:00Z: Listening for Jobs
::runnerd::job-started run_id=12345678901 job=build_and-test
2026-11-23 21:00:05Z: Running job: build (ubuntu, 24)
2026-11-23 21:00:09Z: Job build (ubuntu, 24) completed with result: Succeeded
`
const expected: ReadonlyArray<MarkerEvent> = [
  { _tag: "Registered" },
  { _tag: "Connected" },
  { _tag: "RunnerVersion", version: "2.336.0" },
  { _tag: "Listening" },
  { _tag: "JobStarted", runId: 12_345_678_901, job: "build_and-test" },
  { _tag: "RunningJob", name: "build (ubuntu, 24)" },
  { _tag: "JobCompleted", name: "build (ubuntu, 24)", result: "Succeeded" }
]

const parse = (pieces: ReadonlyArray<string>) => {
  const parser = makeMarkerParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

/** `text` cut at these places. */
const cut = (text: string, places: ReadonlyArray<number>) => {
  const sorted = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}

describe("markers", () => {
  it("E-57: the same events come of a text however it is cut, with either line end", () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.boolean(), (places, windows) => {
        const text = windows ? transcript.replaceAll("\n", "\r\n") : transcript
        assert.deepStrictEqual(parse(cut(text, places)), expected)
      })
    )
  })

  it("a line says nothing before it is whole", () => {
    const parser = makeMarkerParser()
    assert.deepStrictEqual(parser.push("2026-11-23 21:00:00Z: Listening for Jobs"), [])
    assert.deepStrictEqual(parser.push("\n"), [{ _tag: "Listening" }])
  })

  it.each([
    ["A session for this runner already exists.", "session_conflict"],
    [
      "2026-11-23 21:00:00Z: The runner no longer exists on the server. Cleaning up local configuration.",
      "registration_deleted"
    ],
    [
      "The runner registration has been deleted from the server, please re-configure. Runner registrations",
      "registration_deleted"
    ],
    ["The local machine's clock may be out of sync with the server time by more than five minutes.", "clock_skew"],
    ["2026-11-23 21:00:00Z: Runner connect error: timeout. Retrying until reconnected.", "connection_retrying"],
    ["Must not run interactively with sudo", "runs_as_root"]
  ])("the runner's complaint %j is known", (line, kind) => {
    const [event] = parse([`${line}\n`])
    assert.isTrue(event?._tag === "RunnerError" && event.kind === kind)
  })

  it("a job's name that quotes a marker makes no marker", () => {
    assert.deepStrictEqual(parse(["2026-11-23 21:00:05Z: Running job: Listening for Jobs\n"]), [
      { _tag: "RunningJob", name: "Listening for Jobs" }
    ])
    assert.deepStrictEqual(parse(["echo 'Listening for Jobs'\n", "x ::runnerd::job-started run_id=1 job=a\n"]), [])
  })

  it("output without line ends is not kept", () => {
    const parser = makeMarkerParser()
    for (let index = 0; index < 1_000; index++) parser.push("x".repeat(32_768))
    assert.deepStrictEqual(parser.push("\nListening for Jobs\n"), [{ _tag: "Listening" }])
  })
})
