// Which routes there are, whoever adds them.
//
// Answers for: the methods that an address knows, and the pattern that an address matches. Not for answering.
// Gotcha: `noting` stands before the router while routes are added, so it must be provided to all that add some; routes
// added by way of `prefixed` would pass it by.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FindMyWay from "effect/http/FindMyWay"
import * as HttpRouter from "effect/http/HttpRouter"

/** `method` is GET, POST and so on; `path` is a pattern such as `/runner_requests/:id`. */
type Added = Pick<HttpRouter.Route, "method" | "path">

/** As the router itself does it: `/admin/*` answers `/admin`, too. */
const pathsOf = (path: HttpRouter.PathInput): ReadonlyArray<HttpRouter.PathInput> =>
  path.endsWith("/*") ? [path, path.slice(0, -2) as HttpRouter.PathInput] : [path]

const make = (config: Partial<FindMyWay.RouterConfig>) => {
  const patterns = FindMyWay.make<string>(config)
  const added: Array<Added> = []
  const find = (method: string, url: string) => patterns.find(method, url)?.handler
  return {
    note: ({ method, path }: Added): void => {
      added.push({ method, path })
      for (const each of pathsOf(path)) patterns.on(method, each, path)
    },
    all: (): ReadonlyArray<Added> => added,
    /** The methods that have a route at this address, in alphabetical order; none: nothing is there. */
    methodsAt: (url: string): ReadonlyArray<string> => {
      const known = [...new Set(added.map(({ method }) => method))].filter((method) => find(method, url) !== undefined)
      return (known.includes("GET") ? [...known, "HEAD"] : known).toSorted()
    },
    /** The pattern of the route that answers; a HEAD is answered by the route of GET. */
    patternOf: (method: string, url: string): string | undefined =>
      find(method, url) ?? (method === "HEAD" ? find("GET", url) : undefined)
  }
}

export class RouteTable extends Context.Service<RouteTable, ReturnType<typeof make>>()("runnerd/http/RouteTable") {
  /** `config`: what the router itself has. */
  static layer(config: Partial<FindMyWay.RouterConfig>): Layer.Layer<RouteTable> {
    return Layer.sync(RouteTable, () => make(config))
  }
}

/** The router, for all that add routes to it. */
export const noting: Layer.Layer<HttpRouter.HttpRouter, never, HttpRouter.HttpRouter | RouteTable> = Layer.effect(
  HttpRouter.HttpRouter,
  Effect.gen(function* () {
    const router = yield* HttpRouter.HttpRouter
    const { note } = yield* RouteTable
    return HttpRouter.HttpRouter.of({
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
  })
)
