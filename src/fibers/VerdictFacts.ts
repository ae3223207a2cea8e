// What a judgement of demand means for a request, by how far it has come.
import type { Verdict } from "../domain/Demand.ts"
import type { RequestFact } from "../domain/RequestFact.ts"

const unwanted = (verdict: Verdict): verdict is Extract<Verdict, { _tag: "Surplus" | "StopAsked" }> =>
  verdict._tag === "Surplus" || verdict._tag === "StopAsked"

/** Nothing is outside yet: it ends before it costs anything. */
export const factsBeforeSandbox = (verdict: Verdict): ReadonlyArray<RequestFact> =>
  unwanted(verdict) ? [{ _tag: "NotNeeded", message: verdict.message }] : []

/** A sandbox exists and no runner runs in it yet; or one is being removed for a next attempt, which will not be. */
export const factsBeforeRunner = (verdict: Verdict): ReadonlyArray<RequestFact> =>
  unwanted(verdict) ? [{ _tag: "StopWanted", message: verdict.message }] : []

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
