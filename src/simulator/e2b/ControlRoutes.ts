// E2B's control API: which route a request means.
//
// Answers for: matching method and path. Not for what the routes do (SandboxRoutes.ts, TemplateRoutes.ts).
// Gotcha: fixed words in a path win over parameters (`/sandboxes/metrics`, `/templates/tags`).
import type { ControlRoute } from "./ControlRoute.ts"
import { sandboxRoutes } from "./SandboxRoutes.ts"
import { templateRoutes } from "./TemplateRoutes.ts"

const parameters = (path: string) => path.split("{").length

const routes = [...sandboxRoutes, ...templateRoutes]
  .toSorted((left, right) => parameters(left.path) - parameters(right.path))
  .map((route) => ({ route, pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`) }))

export interface FoundRoute {
  readonly route: ControlRoute
  readonly id: string
  readonly second: string
}

export const controlRoute = (method: string, path: string): FoundRoute | undefined => {
  for (const { route, pattern } of routes) {
    if (route.method !== method) continue
    const match = pattern.exec(path)
    if (match === null) continue
    const [id = "", second = ""] = match.slice(1).map((part) => decodeURIComponent(part))
    return { route, id, second }
  }
  return undefined
}
