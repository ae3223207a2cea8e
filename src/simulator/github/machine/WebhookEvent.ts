// A webhook as it happened.
//
// Answers for: the type. Not for its delivery (hooks/).

/** Whose hook it is: only the App's payloads name the installation. */
export type HookKind = "integration" | "repository"

export interface WebhookEvent {
  readonly event: string
  readonly action: string | null
  readonly installationId: number | null
  readonly repositoryId: number | null
  /** What a delivery sends, byte for byte. */
  readonly body: string
}
