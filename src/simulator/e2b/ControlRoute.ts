// One route of the control API.
//
// Answers for: its form, and its success answers, each typed by the `paths` that the `e2b` package exports, so that a
// wrong status or body does not compile; and for reading bodies.
import type { paths } from "e2b"
import { badRequest } from "./ControlFailure.ts"
import { parseJson } from "./HttpAnswer.ts"
import type { Answer, Call } from "./HttpAnswer.ts"
import type { Operation } from "./Operations.ts"
import type { SandboxFleet } from "./SandboxFleet.ts"
import type { TemplateBuilds } from "./TemplateBuilds.ts"
import type { TemplateCatalog } from "./TemplateCatalog.ts"
import type { Timeline } from "./Timeline.ts"

export interface ControlContext {
  readonly timeline: Timeline
  readonly fleet: SandboxFleet
  readonly templates: TemplateCatalog
  readonly builds: TemplateBuilds
  /** Resolves when everything that ran in the sandbox is gone. */
  readonly torndown: (sandboxID: string) => Promise<void>
}

export interface ControlCall extends Call {
  /** The path's first parameter, or "". */
  readonly id: string
  /** The path's second parameter, or "". */
  readonly second: string
}

export interface ControlRoute {
  readonly method: string
  readonly path: string
  readonly operation: Operation
  readonly handle: (context: ControlContext, call: ControlCall) => Promise<Answer>
}

type Success = 200 | 201 | 202 | 204

/** The success answers that the published contract allows for one operation. */
type AnswerOf<O> = O extends { responses: infer R }
  ? {
      [S in keyof R & Success]: R[S] extends { content: { "application/json": infer B } }
        ? { status: S; body: B; headers?: Record<string, string> }
        : { status: S; headers?: Record<string, string> }
    }[keyof R & Success]
  : never

export const route = <P extends keyof paths, M extends "get" | "post" | "put" | "delete">(
  method: M,
  path: P,
  operation: Operation,
  handle: (context: ControlContext, call: ControlCall) => AnswerOf<paths[P][M]> | Promise<AnswerOf<paths[P][M]>>
): ControlRoute => ({
  method: method.toUpperCase(),
  path,
  operation,
  handle: async (context, call) => handle(context, call)
})

/** The body as an object. 400 when it is something else. */
export const fields = (body: Buffer): Record<string, unknown> => {
  const json = parseJson(body)
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw badRequest("request body must be an object")
  }
  return json as Record<string, unknown>
}

export const instant = (millis: number) => new Date(millis).toISOString()

/** A whole number out of the query. 400 when it is none. */
export const numberQuery = (query: URLSearchParams, name: string, otherwise: number): number => {
  const text = query.get(name)
  if (text === null) return otherwise
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw badRequest(`"${name}" must be a whole number`)
  return value
}
