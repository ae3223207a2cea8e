// Taking in what GitHub's REST API says of jobs, by the same way as what its webhooks say.
//
// Answers for: writing only what is news, and for one job that cannot be stored not holding up the others (E-20). Not for asking.
// Gotcha: of a job that nobody told us of, only what may still need a runner or has one is news.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type JobFacts, mergeFacts } from "../domain/WorkflowJob.ts"
import { factsOf } from "../services/github/JobFacts.ts"
import type { GitHubJob } from "../services/github/GitHubTypes.ts"
import { IntakeStore } from "../services/store/IntakeStore.ts"
import type { IntakePath, JobRow } from "../services/store/JobRow.ts"
import { JobStore } from "../services/store/JobStore.ts"

const isNews = (known: JobRow | undefined, facts: JobFacts): boolean => {
  if (known === undefined) return facts.status !== "completed"
  const merged = mergeFacts(known, facts)
  return (
    merged.status !== known.status ||
    merged.runnerName !== known.runnerName ||
    merged.conclusion !== known.conclusion ||
    (merged.labels.length > 0 && known.labels.length === 0)
  )
}

/** Takes these facts in. Gives how many could not be stored. */
export const takeFacts = Effect.fnUntraced(function* (all: ReadonlyArray<JobFacts>, path: IntakePath) {
  const intake = yield* IntakeStore
  const failed = yield* Effect.forEach(
    all,
    (facts) =>
      intake
        .take({
          guid: null,
          event: "job",
          action: null,
          repository: facts.repository,
          installationId: facts.installationId,
          body: null,
          path,
          facts,
          run: null,
          foreign: false,
          receivedAt: null
        })
        .pipe(
          Effect.as(0),
          Effect.catch((error) =>
            Effect.logError("A job that was found could not be stored", error.kind).pipe(
              Effect.annotateLogs({ job: facts.jobId, repository: facts.repository }),
              Effect.as(1)
            )
          )
        ),
    { concurrency: "unbounded" }
  )
  return failed.reduce((sum, one) => sum + one, 0)
})

/** Takes in what is news in GitHub's answer. Gives how many jobs could not be stored. */
export const takeJobs = Effect.fn("TakeJobs.takeJobs")(function* (
  repository: string,
  jobs: ReadonlyArray<GitHubJob>,
  path: IntakePath,
  installationId: number | null = null
) {
  const facts = jobs.flatMap((job) => Option.toArray(factsOf(repository, job, installationId)))
  const known = new Map(
    (yield* (yield* JobStore).named(facts.map(({ jobId }) => jobId))).map((row) => [row.jobId, row])
  )
  return yield* takeFacts(
    facts.filter((each) => isNews(known.get(each.jobId), each)),
    path
  )
})
