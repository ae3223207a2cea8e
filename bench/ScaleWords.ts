// What the processes of Scale.ts have in common.

export const scaleApiKey = "e2b_0123456789abcdef"
export const scaleToken = "ghp_scale"
export const scaleLabels = ["self-hosted", "scale"]

export interface SimulatorRequest {
  readonly start?: number
  readonly queue?: number
}

export interface ClientRequest {
  readonly connect?: { readonly e2b: string; readonly github: string }
  readonly open?: number
  readonly untilRunning?: boolean
}
