// Who a caller is, once its credentials were read.
import type { Installation } from "../machine/Entities.ts"

export type Principal =
  | { readonly kind: "anonymous" }
  | { readonly kind: "app" }
  | { readonly kind: "installation"; readonly token: InstallationToken }
  | { readonly kind: "user"; readonly login: string; readonly owners: ReadonlySet<string> | null }

export interface InstallationToken {
  readonly token: string
  readonly installation: Installation
  /** Of the installation when the token was made: one that was installed anew since has another. */
  readonly installationId: number
  readonly expiresAt: number
  /** Null: all repositories of the installation. */
  readonly repositoryIds: ReadonlySet<number> | null
  readonly permissions: Readonly<Record<string, "read" | "write">>
}
