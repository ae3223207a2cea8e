// Entity tags of resources: made from what is shown of one, compared with what a caller has seen.
//
// Gotcha: tags are compared strongly. A weak one (`W/"…"`), as a proxy that compresses may make it, never matches.
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { createHash } from "node:crypto"

export interface Conditions {
  readonly "if-match"?: string | undefined
  readonly "if-none-match"?: string | undefined
}

/** The same for equal views with their keys in the same order, which is what one function makes. */
export const entityTag = (view: unknown): string =>
  `"${createHash("sha256").update(JSON.stringify(view)).digest("base64url").slice(0, 27)}"`

export const withEntityTag = <A>(view: A) =>
  HttpApiSchema.withHeaders({ body: view, headers: { etag: entityTag(view) } })

const names = (header: string, tag: string): boolean =>
  header.trim() === "*" || header.split(",").some((each) => each.trim() === tag)

/** Whether the conditions hold for what is stored; `viewOf`: what is shown of it. */
export const conditionsHold =
  <A>(conditions: Conditions, viewOf: (value: A) => unknown) =>
  (current: A | null): boolean => {
    const { "if-match": match, "if-none-match": noneMatch } = conditions
    if (match === undefined && noneMatch === undefined) return true
    const tag = current === null ? null : entityTag(viewOf(current))
    if (match !== undefined && (tag === null || !names(match, tag))) return false
    return noneMatch === undefined || tag === null || !names(noneMatch, tag)
  }
