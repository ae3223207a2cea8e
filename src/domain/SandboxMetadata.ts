// The metadata every sandbox of ours carries: by it the sweeps and a restarted node recognise what is whose.
//
// Creating a sandbox is not idempotent at E2B; this is what makes it so for us.

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
  request: { readonly id: string; readonly attempt: number; readonly fence: number; readonly repository: string }
) => ({
  ...ofRequest(instanceId, request.id),
  attempt: String(request.attempt),
  fence: String(request.fence),
  repository: request.repository
})

/** Null when the sandbox does not say. */
export const requestId = (metadata: Readonly<Record<string, string>>): string | null => metadata["request_id"] ?? null
