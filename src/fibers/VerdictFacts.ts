// What a judgement of demand means for a request, by how far it has come.
import type { Verdict } from "../domain/Demand.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import type { RunnerRequest } from "../domain/RunnerRequest.ts"

const unwanted = (verdict: Verdict): verdict is Extract<Verdict, { _tag: "Surplus" | "StopAsked" }> =>
  verdict._tag === "Surplus" || verdict._tag === "StopAsked"

/** Nothing is outside yet: it ends before it costs anything. */
export const factsBeforeSandbox = (verdict: Verdict): ReadonlyArray<RequestFact> =>
  unwanted(verdict) ? [{ _tag: "NotNeeded", message: verdict.message }] : []

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
