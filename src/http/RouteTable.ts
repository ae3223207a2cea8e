// Which routes there are, whoever adds them.
//
// Answers for: the methods that an address knows, and the pattern that an address matches. Not for answering.
// Gotcha: it stands before the router while routes are added, so it must be provided to all that add some; routes added
// by way of `prefixed` would pass it by.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FindMyWay from "effect/http/FindMyWay"
import * as HttpRouter from "effect/http/HttpRouter"

export class RouteTable extends Context.Service<
  RouteTable,
  {
    /** The methods that have a route at this address, in alphabetical order; none: nothing is there. */
    readonly methodsAt: (url: string) => ReadonlyArray<string>
    /** The pattern of the route that answers, such as `/runner_requests/:id`; a HEAD is answered by the route of GET. */
    readonly patternOf: (method: string, url: string) => string | undefined
  }
>()("runnerd/http/RouteTable") {}

type Added = Pick<HttpRouter.Route, "method" | "path">

/** As the router itself does it: `/admin/*` answers `/admin`, too. */
const pathsOf = (path: HttpRouter.PathInput): ReadonlyArray<HttpRouter.PathInput> =>
  path.endsWith("/*") ? [path, path.slice(0, -2) as HttpRouter.PathInput] : [path]

/** `config`: what the router itself has. */
export const layer = (config: Partial<FindMyWay.RouterConfig>) =>
  Layer.effectContext(
    Effect.map(HttpRouter.HttpRouter, (router) => {
      const patterns = FindMyWay.make<string>(config)
      const methods = new Set<string>()
      const note = ({ method, path }: Added) => {
        methods.add(method)
        for (const each of pathsOf(path)) patterns.on(method, each, path)
      }
      const find = (method: string, url: string) => patterns.find(method, url)?.handler

      const noting = HttpRouter.HttpRouter.of({
        ...router,
        addAll: (routes) => {
          routes.forEach(note)
          return router.addAll(routes)
        },
        add: (method, path, handler, options) => {
          note({ method, path })
          return router.add(method, path, handler, options)
        }
      })
      const table = RouteTable.of({
        methodsAt: (url) => {
          const known = [...methods].filter((method) => find(method, url) !== undefined)
          return (known.includes("GET") ? [...known, "HEAD"] : known).toSorted()
        },
        patternOf: (method, url) => find(method, url) ?? (method === "HEAD" ? find("GET", url) : undefined)
      })
      return Context.make(HttpRouter.HttpRouter, noting).pipe(Context.add(RouteTable, table))
    })
  )
