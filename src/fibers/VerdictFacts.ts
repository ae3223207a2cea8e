// What a judgement of demand means for a request, by how far it has come.
import type { Verdict } from "../domain/Demand.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import type { RunnerRequest } from "../domain/RunnerRequest.ts"

const unwanted = (verdict: Verdict): verdict is Extract<Verdict, { _tag: "Surplus" | "StopAsked" }> =>
  verdict._tag === "Surplus" || verdict._tag === "StopAsked"

/**
 * Nothing is outside yet: it ends before it costs anything. So it does when its job has run, or runs, on a runner of the very name
 * that this claim's will have: an earlier life of a database that was restored made that one.
 */
export const factsBeforeSandbox = (
  verdict: Verdict,
  { jobId }: Pick<RunnerRequest, "jobId">
): ReadonlyArray<RequestFact> => {
  if ((verdict._tag === "Assigned" || verdict._tag === "JobOver") && verdict.jobId === jobId) {
    return [
      { _tag: "NotNeeded", message: `A runner that this database does not know has taken job ${verdict.jobName}.` }
    ]
  }
  return unwanted(verdict) ? [{ _tag: "NotNeeded", message: verdict.message }] : []
}

/** A sandbox exists and no runner runs in it yet. */
export const factsBeforeRunner = (verdict: Verdict): ReadonlyArray<RequestFact> =>
  unwanted(verdict) ? [{ _tag: "StopWanted", message: verdict.message }] : []

/**
 * It is being removed. A next attempt is called off when it is not wanted any more, and when its runner has done a job all the
 * same. That a runner has begun one counts once it has ended: until then GitHub is to say so, by not giving it up.
 */
export const factsWhileRemoving = (
  verdict: Verdict,
  { exitedAt }: Pick<RunnerRequest, "exitedAt">
): ReadonlyArray<RequestFact> =>
  verdict._tag === "JobOver" || (verdict._tag === "Assigned" && exitedAt !== null)
    ? factsOfVerdict(verdict)
    : factsBeforeRunner(verdict)

/** The runner runs. */
export const factsOfVerdict = (verdict: Verdict): ReadonlyArray<RequestFact> => {
  switch (verdict._tag) {
    case "Assigned":
      return [{ _tag: "JobAssigned", jobId: verdict.jobId, jobName: verdict.jobName }]
    case "JobOver":
      return [
        { _tag: "JobAssigned", jobId: verdict.jobId, jobName: verdict.jobName },
        {
          _tag: "StopWanted",
          message: `GitHub says that job ${verdict.jobName} is over (${verdict.conclusion ?? "no conclusion"}).`
        }
      ]
    default:
      return factsBeforeRunner(verdict)
  }
}
