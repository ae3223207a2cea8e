// What a judgement of demand means for a request whose runner is running.
import type { Verdict } from "../domain/Demand.ts"
import type { RequestFact } from "../domain/RequestLifecycle.ts"

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
    case "Surplus":
      return [{ _tag: "StopWanted", message: verdict.message }]
    case "Wanted":
      return []
  }
}
