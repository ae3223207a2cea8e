// Every page and its address.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  stripSearchParams
} from "@tanstack/react-router"
import { AppShell } from "@/components/AppShell.tsx"
import { hoursOf } from "@/pages/overview/Hours.ts"
import { NotFound } from "@/pages/NotFound.tsx"

const root = createRootRoute({ component: AppShell, notFoundComponent: NotFound })

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: hoursOf,
  search: { middlewares: [stripSearchParams({ hours: 6 })] },
  component: lazyRouteComponent(() => import("@/pages/Overview.tsx"), "Overview")
})

const requests = createRoute({
  getParentRoute: () => root,
  path: "/requests",
  component: lazyRouteComponent(() => import("@/pages/Requests.tsx"), "Requests")
})

export const router = createRouter({
  routeTree: root.addChildren([home, requests]),
  basepath: "/admin",
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
