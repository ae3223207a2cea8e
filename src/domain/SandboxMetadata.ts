// The metadata every sandbox of ours carries: by it the sweeps and a restarted node recognise what is whose.
//
// Creating a sandbox is not idempotent at E2B; this is what makes it so for us. Gotcha: it tells all that is needed to find
// the sandbox's runner at GitHub, because a restored database may not know the claim any more.
import { runnerName } from "./RunnerRequest.ts"
import { ofRequest as targetOf, type RunnerTarget } from "./RunnerTarget.ts"

const app = "runnerd"

/** All sandboxes of one installation. */
export const ofInstance = (instanceId: string) => ({ app, instance: instanceId })

/** All sandboxes of one request, whichever attempt made them. */
export const ofRequest = (instanceId: string, requestId: string) => ({
  ...ofInstance(instanceId),
  request_id: requestId
})

/** The sandbox of one claim: the fence goes up with each, so no two attempts are alike. */
export const ofClaim = (
  instanceId: string,
  request: {
    readonly id: string
    readonly attempt: number
    readonly fence: number
    readonly repository: string
    readonly runnerGroup: string | null
  }
) => ({
  ...ofRequest(instanceId, request.id),
  attempt: String(request.attempt),
  fence: String(request.fence),
  repository: request.repository,
  ...(request.runnerGroup === null ? {} : { runner_group: request.runnerGroup })
})

/** Null when the sandbox does not say. */
export const requestId = (metadata: Readonly<Record<string, string>>): string | null => metadata["request_id"] ?? null

/** The fence of the claim that it was made for; 0 when the sandbox does not say. */
export const fence = (metadata: Readonly<Record<string, string>>): number => Number(metadata["fence"] ?? 0)

/** Where the sandbox's runner is registered, if it is, and what it is called there; null when the sandbox does not say. */
export const runnerOf = (
  instanceTag: string,
  metadata: Readonly<Record<string, string>>
): { readonly target: RunnerTarget; readonly name: string } | null => {
  const { repository, request_id: id, runner_group: group } = metadata
  if (id === undefined || repository === undefined) return null
  return { target: targetOf(repository, group ?? null), name: runnerName(instanceTag, id, fence(metadata)) }
}
