// Every page and its address.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  stripSearchParams
} from "@tanstack/react-router"
import { AppShell } from "@/components/AppShell.tsx"
import { auditSearch } from "@/pages/audit/Search.ts"
import { deliverySearch } from "@/pages/deliveries/Search.ts"
import { changeSearch } from "@/pages/match/ChangeSearch.ts"
import { matchSearch } from "@/pages/match/Search.ts"
import { hoursOf } from "@/pages/overview/Hours.ts"
import { logSearch } from "@/pages/request/Search.ts"
import { requestSearch } from "@/pages/requests/Search.ts"
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
  validateSearch: requestSearch,
  component: lazyRouteComponent(() => import("@/pages/Requests.tsx"), "Requests")
})

const request = createRoute({
  getParentRoute: () => root,
  path: "/requests/$id",
  validateSearch: logSearch,
  search: { middlewares: [stripSearchParams({ log: "control.log" })] },
  component: lazyRouteComponent(() => import("@/pages/Request.tsx"), "Request")
})

const match = createRoute({
  getParentRoute: () => root,
  path: "/match",
  validateSearch: matchSearch,
  component: lazyRouteComponent(() => import("@/pages/Match.tsx"), "Match")
})

const dryRun = createRoute({
  getParentRoute: () => root,
  path: "/match/change",
  validateSearch: changeSearch,
  component: lazyRouteComponent(() => import("@/pages/DryRun.tsx"), "DryRun")
})

const deliveries = createRoute({
  getParentRoute: () => root,
  path: "/deliveries",
  validateSearch: deliverySearch,
  component: lazyRouteComponent(() => import("@/pages/Deliveries.tsx"), "Deliveries")
})

const delivery = createRoute({
  getParentRoute: () => root,
  path: "/deliveries/$id",
  component: lazyRouteComponent(() => import("@/pages/Delivery.tsx"), "Delivery")
})

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("@/pages/Audit.tsx"), "Audit")
})

const diagnostics = createRoute({
  getParentRoute: () => root,
  path: "/diagnostics",
  component: lazyRouteComponent(() => import("@/pages/Diagnostics.tsx"), "Diagnostics")
})

export const router = createRouter({
  routeTree: root.addChildren([home, requests, request, match, dryRun, deliveries, delivery, audit, diagnostics]),
  basepath: "/admin",
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
