// Who a caller is, once its credentials were read.
import type { Installation } from "../machine/Entities.ts"
import type { MadeApp } from "../machine/MadeApps.ts"

export type Principal =
  | { readonly kind: "anonymous" }
  /** `made`: one that was made from a manifest; null: the simulator's own. */
  | { readonly kind: "app"; readonly made: MadeApp | null }
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
